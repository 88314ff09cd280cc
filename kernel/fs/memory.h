// File systems in memory (tmpfs): /tmp and /dev/shm.
#pragma once

#include "fs/dentry.h"

/// An empty one, its root with a reference. Null without memory.
struct inode *memory_filesystem(uint32_t device);
