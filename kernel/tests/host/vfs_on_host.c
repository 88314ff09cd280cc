// What the file systems' pure parts need of the rest of the kernel, on a host with one thread and no page cache.

#include "dev/clock.h"
#include "fs/cache.h"
#include "fs/file.h"
#include "fs/inotify.h"
#include "mem/space_file.h"
#include "task/mutex.h"
#include <assert.h>

void mutex_init(struct mutex *m) { m->owner = NULL; }

/// A lock that is taken twice would be waited for without end.
void mutex_lock(struct mutex *m) {
    assert(!m->owner);
    m->owner = (struct thread *)m;
}

void mutex_unlock(struct mutex *m) {
    assert(m->owner);
    m->owner = NULL;
}

uint64_t clock_realtime_ns(void) { return 1; }

void cache_discard(struct inode *inode, uint64_t from, uint64_t end) {
    (void)inode;
    (void)from;
    (void)end;
}

uint64_t phys_total_pages(void) { return 1000; }
uint64_t phys_free_pages(void) { return 1000; }

const struct inode_operations memory_file_operations, fifo_operations;

void inotify_destroyed(struct inode *inode) { (void)inode; }

const struct file_operations regular_file = {.kind = "file"};
