// Reading and writing open files on the host, as the system calls do.
#pragma once

#include "fs/file.h"

static inline long file_get(struct file *file, void *to, uint64_t n) {
    struct io io;
    io_kernel(&io, to, n);
    return file_read(file, &io, NULL);
}

static inline long file_put(struct file *file, const void *from, uint64_t n) {
    struct io io;
    io_kernel(&io, (void *)(uintptr_t)from, n);
    return file_write(file, &io, NULL);
}

/// What is ready now.
static inline unsigned file_ready(struct file *file) { return file->operations->poll(file, NULL); }
