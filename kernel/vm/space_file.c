// Walking over the mappings of a file.

#include "fs/file_mappings.h"
#include "arch/paging.h"
#include "fs/file.h"
#include "fs/memory.h"
#include "lib/errno.h"
#include "vm/space.h"

static bool maps(const struct area *area, const struct inode *inode) {
    return area->object && ((const struct file *)area->object)->inode == inode;
}

/// The part of an area that maps pages [from, end) of its file: false if it maps none of them.
static bool part_of(const struct area *area, uint64_t from, uint64_t end, uint64_t *start, uint64_t *stop) {
    uint64_t first = area->offset / PAGE_SIZE, last = first + (area->end - area->start) / PAGE_SIZE;
    if (last <= from || first >= end) return false;
    *start = from > first ? area->start + (from - first) * PAGE_SIZE : area->start;
    *stop = end < last ? area->start + (end - first) * PAGE_SIZE : area->end;
    return true;
}

void space_protect_file(const struct inode *inode, uint64_t from, uint64_t end) {
    uint64_t start, stop;
    mutex_lock(&space.lock);
    for (size_t i = 0; i < space.areas.count; i++) {
        const struct area *area = &space.areas.items[i];
        unsigned prot;
        if (!maps(area, inode) || !(area->flags & AREA_SHARED) || !part_of(area, from, end, &start, &stop)) continue;
        for (uint64_t va = start; (va = paging_next_mapped(va, stop)) < stop; va += PAGE_SIZE) {
            if (paging_lookup(va, NULL, &prot, NULL) && (prot & PAGE_WRITE))
                paging_protect(va, prot & ~(unsigned)PAGE_WRITE);
        }
    }
    mutex_unlock(&space.lock);
}

bool space_writes_file(const struct inode *inode) {
    bool found = false;
    mutex_lock(&space.lock);
    for (size_t i = 0; !found && i < space.areas.count; i++) {
        const struct area *area = &space.areas.items[i];
        // One that only reads now may be made writable later, if its file was opened for that.
        found = maps(area, inode) && (area->flags & AREA_SHARED) && file_can_write(area->object) &&
                ((area->prot & PROT_WRITE) || !(inode->seals & SEAL_FUTURE_WRITE));
    }
    mutex_unlock(&space.lock);
    return found;
}

void space_cut_file(const struct inode *inode, uint64_t from) {
    uint64_t start, stop;
    mutex_lock(&space.lock);
    for (size_t i = 0; i < space.areas.count; i++) {
        const struct area *area = &space.areas.items[i];
        if (maps(area, inode) && part_of(area, from, UINT64_MAX, &start, &stop)) space_drop_pages(start, stop);
    }
    mutex_unlock(&space.lock);
}

void space_cut_hole(const struct inode *inode, uint64_t from, uint64_t end) {
    uint64_t start, stop;
    unsigned prot;
    mutex_lock(&space.lock);
    for (size_t i = 0; i < space.areas.count; i++) {
        const struct area *area = &space.areas.items[i];
        if (!maps(area, inode) || !part_of(area, from, end, &start, &stop)) continue;
        for (uint64_t va = start; (va = paging_next_mapped(va, stop)) < stop; va += PAGE_SIZE) {
            // Of a private mapping only its own pages may be written.
            bool own = !(area->flags & AREA_SHARED) && paging_lookup(va, NULL, &prot, NULL) && (prot & PAGE_WRITE);
            if (!own) space_drop_pages(va, va + PAGE_SIZE);
        }
    }
    mutex_unlock(&space.lock);
}

int space_each_shared(uint64_t start, uint64_t end,
                      int (*visit)(struct inode *inode, uint64_t first, uint64_t end_page)) {
    int result = 0;
    while (start < end && result == 0) {
        struct file *file = NULL;
        uint64_t first = 0, stop = end;
        mutex_lock(&space.lock);
        const struct area *area = areas_find(&space.areas, start);
        if (!area || (area->flags & AREA_GUARD)) result = -ENOMEM;
        if (result == 0 && area->end < stop) stop = area->end;
        if (result == 0 && area->object && (area->flags & AREA_SHARED)) {
            file = area->object;
            file_take(file);
            first = (area->offset + (start - area->start)) / PAGE_SIZE;
        }
        mutex_unlock(&space.lock);
        if (file) {
            result = visit(file->inode, first, first + (stop - start) / PAGE_SIZE);
            file_drop(file);
        }
        start = stop;
    }
    return result;
}
