// Page faults: bringing pages in.
//
// Anonymous pages appear when they are written; until then one page of zeros stands in for all. Pages of files are
// mapped straight from the page cache, and copied when a private mapping writes to them.

#include "vm/space.h"
#include "arch/cpu.h"
#include "arch/paging.h"
#include "dev/random.h"
#include "fs/cache.h"
#include "fs/file.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/phys.h"
#include "mem/reclaim.h"

/// Where everything ends: one page below the end of the lower half.
#define SPACE_END 0x00007ffffffff000ull

enum { FAULT_AROUND = 16, LOWEST = 0x10000 };

struct space space;

static uint64_t zero_page;

static void retain_file(void *object) { file_take(object); }
static void release_file(void *object) { file_drop(object); }

/// A random number of pages below 2^bits, in bytes.
static uint64_t random_pages(bool random, unsigned bits) {
    uint64_t r = 0;
    if (random) random_fill(&r, sizeof r);
    return (r & (((uint64_t)1 << bits) - 1)) << PAGE_SHIFT;
}

int space_init(bool random) {
    mutex_init(&space.lock);
    space.areas.retain = retain_file;
    space.areas.release = release_file;
    zero_page = phys_alloc_zeroed();
    if (zero_page == 0) return -ENOMEM;
    space.stack_top = SPACE_END - random_pages(random, 22);
    uint64_t stack_low = space.stack_top - STACK_SIZE;
    space.map_low = LOWEST;
    space.map_high = stack_low - STACK_GUARD - random_pages(random, 22);
    struct area stack = {stack_low, space.stack_top, NULL, 0, PROT_READ | PROT_WRITE, AREA_STACK};
    struct area guard = {stack_low - STACK_GUARD, stack_low, NULL, 0, 0, AREA_GUARD};
    int result = areas_add(&space.areas, &guard);
    return result == 0 ? areas_add(&space.areas, &stack) : result;
}

unsigned space_page_prot(unsigned prot) {
    unsigned p = PAGE_USER | PAGE_READ;
    if (prot & PROT_WRITE) p |= PAGE_WRITE;
    if (prot & PROT_EXEC) p |= PAGE_EXEC;
    return p;
}

void space_drop_pages(uint64_t start, uint64_t end) {
    uint64_t pa;
    for (uint64_t va = start; (va = paging_next_mapped(va, end)) < end; va += PAGE_SIZE) {
        if (!paging_unmap(va, &pa)) continue;
        phys_unref(pa);
        space.resident--;
    }
}

/// Maps a page whose reference is taken over.
static enum space_fault put_page(uint64_t va, uint64_t pa, unsigned page_prot, bool is_new) {
    if (paging_map(va, pa, page_prot) != 0) {
        phys_unref(pa);
        return FAULT_NO_MEMORY;
    }
    if (is_new) space.resident++;
    return FAULT_RESOLVED;
}

/// Maps a copy of `pa`, whose reference is given back.
static enum space_fault put_copy(uint64_t va, uint64_t pa, unsigned page_prot, bool is_new) {
    uint64_t copy = reclaim_page(false);
    if (copy == 0) {
        if (is_new) phys_unref(pa);
        return FAULT_NO_MEMORY;
    }
    memcpy(phys_to_virt(copy), phys_to_virt(pa), PAGE_SIZE);
    enum space_fault result = put_page(va, copy, page_prot, is_new);
    if (is_new || result == FAULT_RESOLVED) phys_unref(pa);
    return result;
}

static enum space_fault bring_anonymous(const struct area *area, uint64_t va, unsigned access) {
    unsigned page_prot = space_page_prot(area->prot);
    if (access & FAULT_WRITE) {
        uint64_t pa = reclaim_page(true);
        return pa ? put_page(va, pa, page_prot, true) : FAULT_NO_MEMORY;
    }
    phys_ref(zero_page);
    return put_page(va, zero_page, page_prot & ~(unsigned)PAGE_WRITE, true);
}

/// Maps what the cache has beside a page that was just brought in, as long as it is for nothing.
static void map_around(const struct area *area, struct inode *inode, uint64_t va, unsigned page_prot) {
    uint64_t window = va & ~((uint64_t)FAULT_AROUND * PAGE_SIZE - 1), end = window + FAULT_AROUND * PAGE_SIZE, pa;
    if (window < area->start) window = area->start;
    if (end > area->end) end = area->end;
    for (uint64_t at = window; at < end; at += PAGE_SIZE) {
        uint64_t position = area->offset + (at - area->start);
        if (position >= inode->size) return;
        if (paging_lookup(at, NULL, NULL, NULL) || !cache_peek(inode, position / PAGE_SIZE, &pa)) continue;
        if (put_page(at, pa, page_prot, true) != FAULT_RESOLVED) return;
    }
}

static enum space_fault bring_from_file(const struct area *area, uint64_t va, unsigned access) {
    struct inode *inode = ((struct file *)area->object)->inode;
    uint64_t position = area->offset + (va - area->start), pa;
    unsigned page_prot = space_page_prot(area->prot);
    bool shared = area->flags & AREA_SHARED;
    if (position >= inode->size) return FAULT_BEYOND;
    int result = cache_page(inode, position / PAGE_SIZE, &pa);
    if (result != 0) return result == -ENOMEM ? FAULT_NO_MEMORY : FAULT_BEYOND;
    if (!shared && (access & FAULT_WRITE)) return put_copy(va, pa, page_prot, true);
    if (shared && (access & FAULT_WRITE) && cache_dirty(inode, position / PAGE_SIZE) != 0) {
        phys_unref(pa);
        return FAULT_BEYOND;
    }
    // A page that has a place on the disk is writable from the first write on, which marks it dirty.
    if (!shared || (inode->operations->store && !(access & FAULT_WRITE))) page_prot &= ~(unsigned)PAGE_WRITE;
    enum space_fault outcome = put_page(va, pa, page_prot, true);
    if (outcome == FAULT_RESOLVED && !shared) map_around(area, inode, va, page_prot);
    return outcome;
}

/// A page is there, but not for this kind of access.
static enum space_fault upgrade(const struct area *area, uint64_t va, uint64_t pa, unsigned access) {
    unsigned page_prot = space_page_prot(area->prot);
    bool shared = area->object && (area->flags & AREA_SHARED);
    bool own = shared || (pa != zero_page && phys_refs(pa) == 1);
    if ((access & FAULT_WRITE) && !own) {
        if (pa != zero_page) return put_copy(va, pa, page_prot, false);
        uint64_t fresh = reclaim_page(true);
        if (fresh == 0) return FAULT_NO_MEMORY;
        enum space_fault result = put_page(va, fresh, page_prot, false);
        if (result == FAULT_RESOLVED) phys_unref(pa);
        return result;
    }
    if (!own) page_prot &= ~(unsigned)PAGE_WRITE;
    if (shared) {
        struct inode *inode = ((struct file *)area->object)->inode;
        uint64_t index = (area->offset + (va - area->start)) / PAGE_SIZE;
        if ((access & FAULT_WRITE) && cache_dirty(inode, index) != 0) return FAULT_BEYOND;
        if (!(access & FAULT_WRITE) && inode->operations->store) page_prot &= ~(unsigned)PAGE_WRITE;
    }
    return paging_map(va, pa, page_prot) == 0 ? FAULT_RESOLVED : FAULT_NO_MEMORY;
}

/// The area that grows down to `va`, if one may; null if not.
static struct area *grow_down(uint64_t va) {
    size_t i = areas_from(&space.areas, va);
    struct area *area = i < space.areas.count ? &space.areas.items[i] : NULL;
    if (!area || !(area->flags & AREA_GROWS_DOWN) || area->end - va > STACK_SIZE) return NULL;
    // What lies below keeps its distance, unless nobody may touch it.
    const struct area *below = i > 0 ? &space.areas.items[i - 1] : NULL;
    bool may_touch = below && below->prot != 0 && !(below->flags & AREA_GROWS_DOWN);
    if (va < LOWEST || (may_touch && va - below->end < STACK_GUARD)) return NULL;
    area->start = va;
    return area;
}

static bool allows(unsigned prot, unsigned access) {
    if (access & FAULT_WRITE) return prot & PROT_WRITE;
    if (access & FAULT_EXEC) return prot & PROT_EXEC;
    return prot != 0;
}

enum space_fault space_resolve(uint64_t address, unsigned access) {
    uint64_t va = address & ~(uint64_t)(PAGE_SIZE - 1), pa;
    enum space_fault result;
    mutex_lock(&space.lock);
    const struct area *area = areas_find(&space.areas, va);
    if (!area) area = grow_down(va);
    if (!area || (area->flags & AREA_GUARD)) result = FAULT_UNMAPPED;
    else if (!allows(area->prot, access)) result = FAULT_FORBIDDEN;
    else if (paging_lookup(va, &pa, NULL, NULL)) result = upgrade(area, va, pa, access);
    else if (area->object) result = bring_from_file(area, va, access);
    else result = bring_anonymous(area, va, access);
    mutex_unlock(&space.lock);
    return result;
}

void space_identify(uint64_t address, const void **object, uint64_t *offset) {
    mutex_lock(&space.lock);
    const struct area *area = areas_find(&space.areas, address);
    if (area && area->object && (area->flags & AREA_SHARED)) {
        *object = ((const struct file *)area->object)->inode;
        *offset = area->offset + (address - area->start);
    }
    mutex_unlock(&space.lock);
}
