// The table of file descriptors, which grows as needed.

#include "fs/descriptors.h"
#include "fs/file.h"
#include "fs/locks.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/heap.h"

enum { FIRST_CAPACITY = 32, USUAL_LIMIT = 1024 };

void descriptors_prepare(struct descriptors *d) {
    memset(d, 0, sizeof *d);
    mutex_init(&d->lock);
    d->limit = USUAL_LIMIT;
}

/// A descriptor leads to the file no more. The program's locks on it go with the first that does.
static void forget(struct file *file) {
    if (file && file->inode && file->inode->locks) locks_release(file->inode, NULL);
    file_drop(file);
}

static int grow(struct descriptors *d, unsigned least) {
    unsigned capacity = d->capacity ? d->capacity : FIRST_CAPACITY;
    while (capacity <= least) capacity *= 2;
    struct file **files = krealloc(d->files, capacity * sizeof *files);
    if (!files) return -ENOMEM;
    d->files = files;
    uint8_t *flags = krealloc(d->close_on_exec, capacity);
    if (!flags) return -ENOMEM;
    d->close_on_exec = flags;
    memset(files + d->capacity, 0, (capacity - d->capacity) * sizeof *files);
    d->capacity = capacity;
    return 0;
}

struct file *descriptors_get(struct descriptors *d, uint64_t fd) {
    mutex_lock(&d->lock);
    struct file *file = fd < d->capacity ? d->files[fd] : NULL;
    if (file) file_take(file);
    mutex_unlock(&d->lock);
    return file;
}

/// Puts the file into a slot that is free. The lock is held.
static long put(struct descriptors *d, unsigned fd, struct file *file, bool close_on_exec) {
    if (fd >= d->capacity && grow(d, fd) != 0) return -ENOMEM;
    d->files[fd] = file;
    d->close_on_exec[fd] = close_on_exec;
    return fd;
}

long descriptors_add(struct descriptors *d, struct file *file, unsigned from, bool close_on_exec) {
    mutex_lock(&d->lock);
    unsigned fd = from;
    while (fd < d->capacity && d->files[fd]) fd++;
    long result = fd < d->limit ? put(d, fd, file, close_on_exec) : -EMFILE;
    mutex_unlock(&d->lock);
    if (result < 0) file_drop(file);
    return result;
}

long descriptors_set(struct descriptors *d, unsigned fd, struct file *file, bool close_on_exec) {
    mutex_lock(&d->lock);
    struct file *old = fd < d->capacity ? d->files[fd] : NULL;
    long result = fd < d->limit ? put(d, fd, file, close_on_exec) : -EBADF;
    mutex_unlock(&d->lock);
    if (result < 0) file_drop(file);
    else forget(old);
    return result;
}

long descriptors_close(struct descriptors *d, uint64_t fd) {
    mutex_lock(&d->lock);
    struct file *file = fd < d->capacity ? d->files[fd] : NULL;
    if (file) d->files[fd] = NULL;
    mutex_unlock(&d->lock);
    forget(file);
    return file ? 0 : -EBADF;
}

long descriptors_close_on_exec(struct descriptors *d, uint64_t fd, int set) {
    mutex_lock(&d->lock);
    long result = -EBADF;
    if (fd < d->capacity && d->files[fd]) {
        if (set >= 0) d->close_on_exec[fd] = set != 0;
        result = d->close_on_exec[fd];
    }
    mutex_unlock(&d->lock);
    return result;
}

long descriptors_next(struct descriptors *d, unsigned from) {
    mutex_lock(&d->lock);
    while (from < d->capacity && !d->files[from]) from++;
    long result = from < d->capacity ? (long)from : -1;
    mutex_unlock(&d->lock);
    return result;
}
