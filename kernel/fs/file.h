// Open files: what a file descriptor stands for. Each kind (a regular file, a directory, the console, a pipe …) is a
// table of operations in a source file of its own.
#pragma once

#include "fs/dentry.h"
#include "fs/io.h"
#include "fs/mode.h"

enum {
    POLL_IN = 1,
    POLL_PRIORITY = 2,
    POLL_OUT = 4,
    POLL_ERROR = 8,
    POLL_HANG_UP = 0x10,
    POLL_INVALID = 0x20,
    POLL_READ_HANG_UP = 0x2000
};

struct file;
struct stat;
struct wait_queue;

/// Collects the wait queues on which a change of a file's readiness is announced.
struct poll_queues {
    void (*add)(struct poll_queues *collector, struct wait_queue *queue);
};

/// Operations that a kind lacks are null; the caller answers with the errno that fits.
struct file_operations {
    const char *kind;
    /// What sockets do besides; null for everything else.
    const struct socket_operations *sockets;
    /// Whether there is a position that reads and writes move, and that lseek sets.
    bool seekable;
    /// At most `io->left` bytes from or to `position` (ignored if not seekable). The number of bytes, or a negative
    /// errno.
    long (*read)(struct file *file, struct io *io, uint64_t position);
    long (*write)(struct file *file, struct io *io, uint64_t position);
    long (*control)(struct file *file, unsigned request, uint64_t argument);
    /// What is ready now (POLL_…); with `queues`, also where to wait for more: in two of them at most.
    unsigned (*poll)(struct file *file, struct poll_queues *queues);
    /// As fsync, or with `data_only` as fdatasync.
    int (*sync)(struct file *file, bool data_only);
    /// The last reference is gone.
    void (*close)(struct file *file);
};

struct file {
    const struct file_operations *operations;
    struct dentry *place; // null for what has no name
    struct inode *inode;
    unsigned refs;
    uint32_t flags; // OPEN_…
    uint64_t position;
    struct mutex position_lock;
    int32_t owner; // as fcntl F_SETOWN has it
    uint8_t owner_type, owner_signal;
    struct list watches; // of epoll (epoll.c)
    void *data;
};

/// A file that has no operations yet. References to `place` (may be null) and `inode` are taken. Null without memory.
struct file *file_make(struct dentry *place, struct inode *inode, uint32_t flags);
void file_take(struct file *file);
void file_drop(struct file *file);
/// Open files, with those that no descriptor leads to.
unsigned file_count(void);

/// Opens what a path stands for, made if `flags` say so. `*file` comes with a reference.
int file_open(struct dentry *from, const char *path, uint32_t flags, uint32_t mode, struct file **file);
/// Opens a place.
int file_open_place(struct dentry *place, uint32_t flags, struct file **file);

/// Reads and writes at the file's position (`at` null) or at `*at`. Bytes, or a negative errno.
long file_read(struct file *file, struct io *io, const uint64_t *at);
long file_write(struct file *file, struct io *io, const uint64_t *at);
/// As lseek.
long file_seek(struct file *file, int64_t offset, int whence);

static inline bool file_can_read(const struct file *f) {
    return (f->flags & OPEN_ACCESS) != OPEN_WRITE && !(f->flags & OPEN_PATH);
}
static inline bool file_can_write(const struct file *f) {
    return (f->flags & OPEN_ACCESS) != OPEN_READ && !(f->flags & OPEN_PATH);
}

/// A file that has no place and no content: what it is, its operations say (eventfd and its like). Null without memory.
struct file *file_unnamed(const struct file_operations *operations, uint32_t flags, void *data);

/// Regular files: their content is in the page cache, and there alone if their inode can't store it.
extern const struct file_operations regular_file;
/// Directories.
extern const struct file_operations directory_file;
