// Standard input that is a pipe or a file at the host.
#pragma once

#include "fs/file.h"

/// A pipe with what comes in on the host port `stdin`. Null without such a port, or without memory.
struct file *host_input_open(void);
