// Pipes.
#pragma once

#include "fs/file.h"

/// Makes a pipe; both ends come with a reference. `flags`: OPEN_NONBLOCK or 0. 0 or -ENOMEM.
int pipe_make(uint32_t flags, struct file **read_end, struct file **write_end);
