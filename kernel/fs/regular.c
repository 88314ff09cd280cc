// Regular files: reading and writing through the page cache.

#include "fs/cache.h"
#include "fs/file.h"
#include "fs/memory.h"
#include "fs/writeback.h"
#include "lib/errno.h"

static long read_cached(struct file *file, struct io *io, uint64_t position) {
    return cache_read(file->inode, position, io);
}

static int sync_inode(struct inode *inode, bool data_only) {
    if (!inode->operations->sync) return 0;
    int result = writeback_inode(inode);
    return result == 0 ? inode->operations->sync(inode, data_only) : result;
}

static int sync_file(struct file *file, bool data_only) { return sync_inode(file->inode, data_only); }

/// Why a write is refused; 0 if it is not. What lies behind the largest size, or would let a sealed file grow, is cut
/// off.
static long refusal(const struct inode *inode, uint64_t position, struct io *io) {
    uint64_t end = inode_largest(inode);
    if (position >= end) return -EFBIG;
    if (inode->seals & (SEAL_WRITE | SEAL_FUTURE_WRITE)) return -EPERM;
    if ((inode->seals & SEAL_GROW) && position + io->left > inode->size) {
        // As on Linux, whole pages: none beyond the one with the end.
        if (position >= inode->size) return -EPERM;
        end = inode->size;
    }
    if (io->left > end - position) io->left = end - position;
    return 0;
}

static long write_cached(struct file *file, struct io *io, uint64_t position) {
    struct inode *inode = file->inode;
    if (io->left == 0) return 0;
    if (inode->operations->store) writeback_throttle();
    mutex_lock(&inode->lock);
    // Where appending begins is known only now that nobody else writes.
    if (file->flags & OPEN_APPEND) position = inode->size;
    long n = refusal(inode, position, io);
    if (n == 0) n = cache_write(inode, position, io);
    if (n > 0) inode_touch(inode, true);
    mutex_unlock(&inode->lock);
    if (n > 0 && (file->flags & OPEN_DSYNC)) {
        int synced = sync_inode(inode, (file->flags & OPEN_SYNC) != OPEN_SYNC);
        if (synced != 0) return synced;
    }
    return n;
}

static unsigned always_ready(struct file *file, struct poll_queues *queues) {
    (void)file;
    (void)queues;
    return POLL_IN | POLL_OUT;
}

const struct file_operations regular_file = {.kind = "file",
                                             .seekable = true,
                                             .read = read_cached,
                                             .write = write_cached,
                                             .poll = always_ready,
                                             .sync = sync_file};

/// A directory's position counts its entries in whatever way its file system likes; 0 is the first.
const struct file_operations directory_file = {.kind = "directory", .seekable = true, .sync = sync_file};
