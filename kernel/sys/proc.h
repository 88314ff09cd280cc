// /proc: what programs read about themselves and the system.
#pragma once

#include "fs/dentry.h"

/// The root of /proc, with a reference. Null without memory.
struct inode *proc_filesystem(void);
