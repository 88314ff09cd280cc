// File systems in memory (tmpfs): /tmp and /dev/shm.
#pragma once

#include "fs/file.h"

extern const struct inode_operations memory_file_operations;

/// An empty one, of at most half the memory, its root with a reference. Null without memory.
struct inode *memory_filesystem(uint32_t device);

/// What fcntl F_ADD_SEALS forbids to a file in memory.
enum { SEAL_SEAL = 1, SEAL_SHRINK = 2, SEAL_GROW = 4, SEAL_WRITE = 8, SEAL_FUTURE_WRITE = 16, SEAL_EXECUTE = 32 };

/// An open file in memory that has a name only for show (memfd_create). Null without memory.
struct file *memory_file_make(const char *name, uint32_t seals, bool executable);
/// One of `size` bytes, for memory that is mapped shared. Null without memory.
struct file *memory_file_shared(uint64_t size);
/// Adds seals: 0, -EPERM if no more may be added, -EINVAL if it is not such a file, -EBUSY where a mapping could write
/// it.
long memory_file_seal(struct file *file, uint32_t seals);
long memory_file_seals(const struct file *file);
