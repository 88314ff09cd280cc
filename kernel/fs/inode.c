// Inodes: life and end.

#include "fs/inode.h"
#include "arch/clock.h"
#include "fs/attributes.h"
#include "fs/cache.h"
#include "fs/inotify.h"
#include "lib/refs.h"
#include "mem/heap.h"

static unsigned count;

unsigned inode_count(void) { return count; }

struct inode *inode_make(const struct inode_operations *operations, struct filesystem *filesystem, uint32_t mode) {
    struct inode *inode = kzalloc(sizeof *inode);
    if (!inode) return NULL;
    inode->operations = operations;
    inode->filesystem = filesystem;
    inode->mode = mode;
    inode->links = 1;
    inode->refs = 1;
    mutex_init(&inode->lock);
    list_init(&inode->dirty_node);
    count++;
    return inode;
}

static void made_by_nobody(struct inode *made, const struct inode *directory) {
    (void)made;
    (void)directory;
}

void (*inode_made)(struct inode *made, const struct inode *directory) = made_by_nobody;

void inode_take(struct inode *inode) { refs_take(&inode->refs); }

void inode_drop(struct inode *inode) {
    if (!inode || !refs_drop(&inode->refs)) return;
    inotify_destroyed(inode);
    cache_discard(inode, 0, UINT64_MAX);
    if (inode->operations->destroy) inode->operations->destroy(inode);
    attributes_free(inode);
    kfree(inode);
    count--;
}

void inode_touch(struct inode *inode, bool modified) {
    inode->changed_ns = clock_realtime_ns();
    if (modified) inode->modified_ns = inode->changed_ns;
    if (inode->operations->changed) inode->operations->changed(inode);
}

uint64_t inode_next_number(void) {
    static uint64_t last = 1;
    return __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);
}
