// Regular files: reading through the page cache, and writing where the cache is all there is.

#include "fs/cache.h"
#include "fs/file.h"
#include "lib/errno.h"

static long read_cached(struct file *file, struct io *io, uint64_t position) {
    return cache_read(file->inode, position, io);
}

static long write_cached(struct file *file, struct io *io, uint64_t position) {
    mutex_lock(&file->inode->lock);
    long n = cache_write(file->inode, position, io);
    mutex_unlock(&file->inode->lock);
    return n;
}

static unsigned always_ready(struct file *file, struct poll_queues *queues) {
    (void)file;
    (void)queues;
    return POLL_IN | POLL_OUT;
}

static int nothing_to_sync(struct file *file) {
    (void)file;
    return 0;
}

const struct file_operations regular_file = {
    .kind = "file", .seekable = true, .read = read_cached, .poll = always_ready, .sync = nothing_to_sync};

const struct file_operations memory_file = {.kind = "file",
                                            .seekable = true,
                                            .read = read_cached,
                                            .write = write_cached,
                                            .poll = always_ready,
                                            .sync = nothing_to_sync};

/// A directory's position counts its entries in whatever way its file system likes; 0 is the first.
const struct file_operations directory_file = {.kind = "directory", .seekable = true, .sync = nothing_to_sync};
