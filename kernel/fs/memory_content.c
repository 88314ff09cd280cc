// Files of a file system in memory: their pages are in the page cache and nowhere else, and where there is none is a
// hole.

#include "arch/paging.h"
#include "fs/attributes.h"
#include "fs/cache.h"
#include "fs/file.h"
#include "fs/memory.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/phys.h"
#include "fs/file_mappings.h"
#include "sched/thread.h"

static int open(struct inode *inode, struct file *file) {
    (void)inode;
    file->operations = &regular_file;
    return 0;
}

static int resize(struct inode *inode, uint64_t size) {
    if (size < inode->size && (inode->seals & SEAL_SHRINK)) return -EPERM;
    if (size > inode->size && (inode->seals & SEAL_GROW)) return -EPERM;
    mutex_lock(&inode->lock);
    bool shorter = size < inode->size;
    inode->size = size;
    if (shorter) {
        space_cut_file(inode, (size + PAGE_SIZE - 1) / PAGE_SIZE);
        cache_cut(inode, size);
    }
    inode_touch(inode, true);
    mutex_unlock(&inode->lock);
    return 0;
}

static uint64_t allocated(struct inode *inode) { return inode->page_count * PAGE_SIZE; }

static int next_data(struct inode *inode, uint64_t from, uint64_t *start, uint64_t *end) {
    if (!cache_next_run(inode, false, from / PAGE_SIZE, start, end)) return 0;
    *start *= PAGE_SIZE;
    *end *= PAGE_SIZE;
    return 1;
}

/// Zeros in [start, end), which lies in one page.
static void zero_part(struct inode *inode, uint64_t start, uint64_t end) {
    uint64_t page;
    if (start >= end || !cache_peek(inode, start / PAGE_SIZE, &page)) return;
    memset((char *)phys_to_virt(page) + start % PAGE_SIZE, 0, end - start);
    phys_unref(page);
}

static void punch(struct inode *inode, uint64_t start, uint64_t end) {
    uint64_t first = (start + PAGE_SIZE - 1) / PAGE_SIZE, stop = end / PAGE_SIZE;
    if (first > stop) {
        zero_part(inode, start, end);
        return;
    }
    zero_part(inode, start, first * PAGE_SIZE);
    zero_part(inode, stop * PAGE_SIZE, end);
    space_cut_hole(inode, first, stop);
    cache_discard(inode, first, stop);
}

/// Gives every page of [start, end) memory. What was given stays where there is not enough.
static int set_aside(struct inode *inode, uint64_t start, uint64_t end) {
    int result = 0;
    for (uint64_t index = start / PAGE_SIZE; index <= (end - 1) / PAGE_SIZE && result == 0; index++) {
        uint64_t page;
        result = thread_pause() ? -EINTR : cache_page(inode, index, &page);
        if (result == 0) phys_unref(page);
    }
    return result;
}

static int allocate(struct inode *inode, unsigned mode, uint64_t start, uint64_t length) {
    uint64_t end = start + length;
    bool grows = !(mode & ALLOCATE_KEEP_SIZE) && end > inode->size;
    int result = 0;
    if (mode & (ALLOCATE_PUNCH_HOLE | ALLOCATE_ZERO_RANGE)) {
        if (inode->seals & (SEAL_WRITE | SEAL_FUTURE_WRITE)) return -EPERM;
        punch(inode, start, end);
    }
    if (grows && (inode->seals & SEAL_GROW)) return -EPERM;
    if (!(mode & ALLOCATE_PUNCH_HOLE)) result = set_aside(inode, start, end);
    if (result == 0 && grows) inode->size = end;
    if (result == 0) inode_touch(inode, true);
    return result;
}

const struct inode_operations memory_file_operations = {.open = open,
                                                        .resize = resize,
                                                        .allocate = allocate,
                                                        .allocated = allocated,
                                                        .next_data = next_data,
                                                        .attributes = &attributes_in_memory};
