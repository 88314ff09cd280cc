// The table of file descriptors.
#pragma once

#include "fs/file.h"

enum { DESCRIPTORS_MOST = 65536 };

struct descriptors {
    struct mutex lock;
    struct file **files;
    uint8_t *close_on_exec;
    unsigned capacity, limit;
};

/// Makes an empty table.
void descriptors_prepare(struct descriptors *d);
/// The file of a descriptor, with a reference; null if it is not open.
struct file *descriptors_get(struct descriptors *d, uint64_t fd);
/// Puts a file (whose reference is taken over) at the lowest free descriptor from `from` on: its number, -EMFILE,
/// -ENOMEM.
long descriptors_add(struct descriptors *d, struct file *file, unsigned from, bool close_on_exec);
/// Puts a file at a certain descriptor, closing what was there. The same.
long descriptors_set(struct descriptors *d, unsigned fd, struct file *file, bool close_on_exec);
/// 0 or -EBADF.
long descriptors_close(struct descriptors *d, uint64_t fd);
/// The flag FD_CLOEXEC: reads it (`set` negative) or sets it. Its value, or -EBADF.
long descriptors_close_on_exec(struct descriptors *d, uint64_t fd, int set);
/// The first open descriptor from `from` on; negative if there is none.
long descriptors_next(struct descriptors *d, unsigned from);
