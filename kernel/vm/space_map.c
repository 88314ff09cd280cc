// Mapping, unmapping and changing areas: what mmap, munmap, mprotect, mremap, madvise and brk do.

#include "arch/paging.h"
#include "fs/file.h"
#include "fs/memory.h"
#include "lib/errno.h"
#include "mem/phys.h"
#include "vm/space.h"

/// The end of addresses that the program may use.
#define USER_END 0x00007ffffffff000ull
#define END_OF_32BIT 0x80000000ull

enum { REMAP_MAY_MOVE = 1, REMAP_FIXED = 2, REMAP_DONT_UNMAP = 4 };
enum {
    ADVICE_DONT_NEED = 4,
    ADVICE_FREE = 8,
    ADVICE_REMOVE = 9,
    ADVICE_WIPE_ON_FORK = 18,
    ADVICE_POPULATE_READ = 22,
    ADVICE_POPULATE_WRITE = 23,
    ADVICE_DONT_NEED_LOCKED = 24,
    ADVICE_COLLAPSE = 25,
};

/// Rounds up to whole pages; 0 if that overflows.
static uint64_t pages_up(uint64_t bytes) {
    uint64_t up;
    if (__builtin_add_overflow(bytes, PAGE_SIZE - 1, &up)) return 0;
    return up & ~(uint64_t)(PAGE_SIZE - 1);
}

static bool range_is_sound(uint64_t start, uint64_t length) {
    return start % PAGE_SIZE == 0 && length <= USER_END && start <= USER_END - length;
}

/// Whether the range touches the gap below the stack.
static bool touches_guard(uint64_t start, uint64_t end) {
    for (size_t i = areas_from(&space.areas, start); i < space.areas.count && space.areas.items[i].start < end; i++) {
        if (space.areas.items[i].flags & AREA_GUARD) return true;
    }
    return false;
}

static bool is_free(uint64_t start, uint64_t end) {
    size_t i = areas_from(&space.areas, start);
    return i == space.areas.count || space.areas.items[i].start >= end;
}

/// A single mapping that could never be filled is refused at once, so that malloc can say so.
static bool could_never_fit(uint64_t length, unsigned prot, unsigned flags, const struct file *file) {
    bool has_place = file && (flags & MAP_SHARED) && !(flags & MAP_ANONYMOUS); // on a disk
    if (!(prot & PROT_WRITE) || (flags & MAP_NO_RESERVE) || has_place) return false;
    return length / PAGE_SIZE > phys_total_pages();
}

/// Chooses where a mapping goes. The lock is held.
static int choose(uint64_t hint, uint64_t length, unsigned flags, uint64_t *start) {
    if (flags & (MAP_FIXED | MAP_FIXED_NO_REPLACE)) {
        if (!range_is_sound(hint, length)) return hint % PAGE_SIZE ? -EINVAL : -ENOMEM;
        if (hint < space.map_low) return -EPERM;
        if (touches_guard(hint, hint + length)) return -ENOMEM;
        if ((flags & MAP_FIXED_NO_REPLACE) && !is_free(hint, hint + length)) return -EEXIST;
        *start = hint;
        return 0;
    }
    hint &= ~(uint64_t)(PAGE_SIZE - 1);
    if (hint >= space.map_low && range_is_sound(hint, length) && is_free(hint, hint + length)) {
        *start = hint;
        return 0;
    }
    uint64_t high = flags & MAP_32BIT ? END_OF_32BIT : space.map_high;
    return areas_gap(&space.areas, space.map_low, high, length, start);
}

/// Removes areas and pages. The lock is held.
static int unmap(uint64_t start, uint64_t end) {
    int result = areas_remove(&space.areas, start, end);
    if (result == 0) space_drop_pages(start, end);
    return result;
}

/// After a range was unmapped: gives back page tables that serve nothing any more. The lock is held.
static void trim_tables(uint64_t start, uint64_t end) {
    const struct areas *all = &space.areas;
    size_t i = areas_from(all, start);
    uint64_t low = i > 0 ? all->items[i - 1].end : 0, high = i < all->count ? all->items[i].start : USER_END;
    // The first and the last whole table within the gap that touch the range.
    uint64_t first = start & ~(uint64_t)(PAGING_TABLE_SPAN - 1),
             last = (end + PAGING_TABLE_SPAN - 1) & ~(uint64_t)(PAGING_TABLE_SPAN - 1);
    if (first < low) first += PAGING_TABLE_SPAN;
    if (last > high) last -= PAGING_TABLE_SPAN;
    if (first < last) paging_trim(first, last);
}

long space_map(uint64_t hint, uint64_t length, unsigned prot, unsigned flags, struct file *file, uint64_t offset) {
    uint64_t start;
    length = pages_up(length);
    if (length == 0 || length > USER_END || could_never_fit(length, prot, flags, file)) return -ENOMEM;
    mutex_lock(&space.lock);
    long result = choose(hint, length, flags, &start);
    if (result == 0 && (flags & MAP_FIXED)) result = unmap(start, start + length);
    if (result == 0) {
        struct area area = {.start = start,
                            .end = start + length,
                            .object = file,
                            .offset = file ? offset : 0,
                            .prot = (uint8_t)(prot & (PROT_READ | PROT_WRITE | PROT_EXEC)),
                            .flags = (flags & MAP_TYPE) == MAP_PRIVATE ? 0 : AREA_SHARED};
        if ((flags & MAP_GROWS_DOWN) && !file) area.flags |= AREA_GROWS_DOWN;
        result = areas_add(&space.areas, &area);
    }
    mutex_unlock(&space.lock);
    if (result != 0) return result;
    if ((flags & MAP_POPULATE) && prot != 0) {
        unsigned access = prot & PROT_WRITE ? 2 : 1;
        for (uint64_t va = start; va < start + length; va += PAGE_SIZE) {
            if (space_resolve(va, access) != FAULT_RESOLVED) break;
        }
    }
    return (long)start;
}

long space_unmap(uint64_t start, uint64_t length) {
    length = pages_up(length);
    if (length == 0 || !range_is_sound(start, length)) return -EINVAL;
    mutex_lock(&space.lock);
    long result = touches_guard(start, start + length) ? -EINVAL : unmap(start, start + length);
    if (result == 0) trim_tables(start, start + length);
    mutex_unlock(&space.lock);
    return result;
}

/// Whether a shared mapping of a file that was not opened for writing, or is sealed, lies in the range.
static bool must_not_write(uint64_t start, uint64_t end) {
    for (size_t i = areas_from(&space.areas, start); i < space.areas.count && space.areas.items[i].start < end; i++) {
        const struct area *area = &space.areas.items[i];
        const struct file *file = area->object;
        if (!file || !(area->flags & AREA_SHARED)) continue;
        if (!file_can_write(file) || (file->inode->seals & (SEAL_WRITE | SEAL_FUTURE_WRITE))) return true;
    }
    return false;
}

long space_protect(uint64_t start, uint64_t length, unsigned prot) {
    enum {
        SEMAPHORES = 8,
        KNOWN = PROT_READ | PROT_WRITE | PROT_EXEC | SEMAPHORES,
        GROWS_DOWN = 1 << 24,
        GROWS_UP = 1 << 25
    };
    unsigned grows = prot & (GROWS_DOWN | GROWS_UP);
    prot &= ~(unsigned)(GROWS_DOWN | GROWS_UP);
    if (start % PAGE_SIZE != 0 || grows == (GROWS_DOWN | GROWS_UP)) return -EINVAL;
    if (length == 0) return 0;
    length = pages_up(length);
    if (length == 0 || !range_is_sound(start, length)) return -ENOMEM;
    if (prot & ~(unsigned)KNOWN) return -EINVAL;
    uint64_t end = start + length;
    if (grows) {
        mutex_lock(&space.lock);
        const struct area *area = areas_find(&space.areas, start);
        bool may = area && grows == GROWS_DOWN && (area->flags & (AREA_GROWS_DOWN | AREA_STACK));
        if (may) start = area->start;
        mutex_unlock(&space.lock);
        if (!may) return area ? -EINVAL : -ENOMEM;
    }
    mutex_lock(&space.lock);
    long result = -ENOMEM;
    if (areas_cover(&space.areas, start, end) && !touches_guard(start, end)) {
        result = (prot & PROT_WRITE) && must_not_write(start, end) ? -EACCES : 0;
    }
    if (result == 0) {
        result = areas_protect(&space.areas, start, end, prot & (PROT_READ | PROT_WRITE | PROT_EXEC));
    }
    // Pages lose what is no longer allowed now; what is newly allowed comes with the next fault. Without any access
    // there is no way to keep a page mapped for the user, yet its content must stay: it is mapped for the kernel alone.
    for (uint64_t va = start; result == 0 && (va = paging_next_mapped(va, end)) < end; va += PAGE_SIZE) {
        unsigned page_prot = prot == 0 ? PAGE_READ : space_page_prot(prot & ~(unsigned)PROT_WRITE);
        paging_protect(va, page_prot);
    }
    mutex_unlock(&space.lock);
    return result;
}

/// Moves the pages of a mapping to another place. The lock is held.
static int move_pages(uint64_t from, uint64_t to, uint64_t length) {
    uint64_t pa;
    unsigned page_prot;
    for (uint64_t va = from; (va = paging_next_mapped(va, from + length)) < from + length; va += PAGE_SIZE) {
        if (!paging_lookup(va, &pa, &page_prot, NULL)) continue;
        if (paging_map(to + (va - from), pa, page_prot) != 0) return -ENOMEM;
        phys_ref(pa);
        space.resident++;
    }
    return 0;
}

/// Puts the mapping `old` (a copy) of [start, start + old_length) elsewhere with another length. The lock is held.
static long move(struct area old, uint64_t start, uint64_t old_length, uint64_t new_length, unsigned flags,
                 uint64_t to) {
    uint64_t new_start;
    unsigned how = flags & REMAP_FIXED ? MAP_FIXED : 0;
    int result = choose(flags & REMAP_FIXED ? to : 0, new_length, how, &new_start);
    if (result == 0 && how) result = unmap(new_start, new_start + new_length);
    if (result != 0) return result;
    uint64_t kept = old_length < new_length ? old_length : new_length;
    struct area area = old;
    area.offset += start - old.start;
    area.start = new_start;
    area.end = new_start + new_length;
    result = areas_add(&space.areas, &area);
    if (result != 0) return result;
    result = move_pages(start, new_start, kept);
    if (result != 0) {
        unmap(new_start, new_start + new_length);
        return result;
    }
    if ((flags & REMAP_DONT_UNMAP) || old_length == 0) {
        space_drop_pages(start, start + old_length);
        return (long)new_start;
    }
    result = unmap(start, start + old_length);
    if (result == 0) trim_tables(start, start + old_length);
    return result == 0 ? (long)new_start : result;
}

/// Maps what is mapped shared at `start` a second time. The lock is held.
static long duplicate(uint64_t start, uint64_t length, unsigned flags, uint64_t to) {
    const struct area *there = areas_find(&space.areas, start);
    if (!there || (there->flags & AREA_GUARD)) return -EFAULT;
    if (!(there->flags & AREA_SHARED)) return -EINVAL;
    if (!(flags & REMAP_MAY_MOVE)) return -ENOMEM;
    struct area old = *there;
    file_take(old.object);
    long result = move(old, start, 0, length, flags & REMAP_FIXED, to);
    file_drop(old.object);
    return result;
}

long space_remap(uint64_t start, uint64_t old_length, uint64_t new_length, unsigned flags, uint64_t new_start) {
    old_length = pages_up(old_length);
    new_length = pages_up(new_length);
    if (start % PAGE_SIZE != 0 || new_length == 0 || (flags & ~7u)) return -EINVAL;
    if ((flags & (REMAP_FIXED | REMAP_DONT_UNMAP)) && !(flags & REMAP_MAY_MOVE)) return -EINVAL;
    if ((flags & REMAP_DONT_UNMAP) && old_length != new_length) return -EINVAL;
    if ((flags & REMAP_FIXED) && !range_is_sound(new_start, new_length)) return -EINVAL;
    if (!range_is_sound(start, old_length) || new_length > USER_END) return -EINVAL;
    if ((flags & REMAP_FIXED) && new_start < start + old_length && start < new_start + new_length) return -EINVAL;
    mutex_lock(&space.lock);
    if (old_length == 0) {
        long twice = duplicate(start, new_length, flags, new_start);
        mutex_unlock(&space.lock);
        return twice;
    }
    const struct area *area = areas_find(&space.areas, start);
    long result = -EFAULT;
    bool only_cut = new_length < old_length && !(flags & (REMAP_FIXED | REMAP_DONT_UNMAP));
    if (area && !(area->flags & AREA_GUARD) && (only_cut || area->end >= start + old_length)) {
        struct area old = *area;
        if (old.object) file_take(old.object);
        result = (long)start;
        if (flags & (REMAP_FIXED | REMAP_DONT_UNMAP)) {
            result = move(old, start, old_length, new_length, flags, new_start);
        } else if (new_length < old_length) {
            int cut = unmap(start + new_length, start + old_length);
            if (cut == 0) trim_tables(start + new_length, start + old_length);
            else result = cut;
        } else if (new_length > old_length) {
            uint64_t end = start + old_length, grown = start + new_length;
            if (could_never_fit(new_length, old.prot, 0, old.object)) {
                result = -ENOMEM;
            } else if (old.end == end && range_is_sound(start, new_length) && is_free(end, grown)) {
                struct area more = old;
                more.start = end;
                more.end = grown;
                more.offset += end - old.start;
                int added = areas_add(&space.areas, &more);
                if (added != 0) result = added;
            } else if (flags & REMAP_MAY_MOVE) {
                result = move(old, start, old_length, new_length, flags, 0);
            } else {
                result = -ENOMEM;
            }
        }
        if (old.object) file_drop(old.object);
    }
    mutex_unlock(&space.lock);
    return result;
}

/// Makes a hole in the file that is mapped there.
static long remove_mapped(uint64_t start, uint64_t end) {
    mutex_lock(&space.lock);
    const struct area *area = areas_find(&space.areas, start);
    struct file *file = area ? area->object : NULL;
    bool shared = file && (area->flags & AREA_SHARED);
    uint64_t offset = file ? area->offset + (start - area->start) : 0;
    if (area && end > area->end) end = area->end;
    if (file) file_take(file);
    mutex_unlock(&space.lock);
    if (!file) return area ? -EINVAL : -ENOMEM;
    struct inode *inode = file->inode;
    long result = !shared || !file_can_write(file) ? -EACCES : inode->operations->allocate ? 0 : -EOPNOTSUPP;
    if (result == 0) {
        mutex_lock(&inode->lock);
        result = inode->operations->allocate(inode, ALLOCATE_PUNCH_HOLE | ALLOCATE_KEEP_SIZE, offset, end - start);
        mutex_unlock(&inode->lock);
    }
    file_drop(file);
    return result;
}

/// Whether all of a range is memory of the program's own. The lock is held.
static bool is_anonymous(uint64_t start, uint64_t end) {
    for (size_t i = areas_from(&space.areas, start); i < space.areas.count && space.areas.items[i].start < end; i++) {
        if (space.areas.items[i].object) return false;
    }
    return true;
}

long space_advise(uint64_t start, uint64_t asked, int advice) {
    uint64_t length = pages_up(asked), over;
    if (start % PAGE_SIZE != 0 || (asked && !length) || __builtin_add_overflow(start, length, &over)) return -EINVAL;
    // Between these there are no numbers: what is not done here is a hint.
    if (advice < 0 || advice > ADVICE_COLLAPSE || (advice > 4 && advice < ADVICE_FREE)) return -EINVAL;
    if (length == 0) return 0;
    if (!range_is_sound(start, length)) return -ENOMEM;
    uint64_t end = start + length;
    mutex_lock(&space.lock);
    long result = areas_cover(&space.areas, start, end) ? 0 : -ENOMEM;
    bool drop = advice == ADVICE_DONT_NEED || advice == ADVICE_FREE || advice == ADVICE_DONT_NEED_LOCKED;
    if ((advice == ADVICE_FREE || advice == ADVICE_WIPE_ON_FORK) && !is_anonymous(start, end)) result = -EINVAL;
    // What is mapped is done, also where something between is not.
    else if (drop) space_drop_pages(start, end);
    mutex_unlock(&space.lock);
    if (advice == ADVICE_REMOVE && result == 0) return remove_mapped(start, end);
    if (result != 0 || (advice != ADVICE_POPULATE_READ && advice != ADVICE_POPULATE_WRITE)) return result;
    for (uint64_t va = start; va < end; va += PAGE_SIZE) {
        enum space_fault fault = space_resolve(va, advice == ADVICE_POPULATE_WRITE ? 2 : 1);
        if (fault != FAULT_RESOLVED) return fault == FAULT_FORBIDDEN ? -EINVAL : -EFAULT;
    }
    return 0;
}

bool space_covers(uint64_t start, uint64_t end) {
    mutex_lock(&space.lock);
    bool covered = areas_cover(&space.areas, start, end);
    mutex_unlock(&space.lock);
    return covered;
}

long space_lock(uint64_t start, uint64_t length) {
    uint64_t end;
    length += start % PAGE_SIZE;
    start &= ~(uint64_t)(PAGE_SIZE - 1);
    length = pages_up(length);
    if (__builtin_add_overflow(start, length, &end) || !range_is_sound(start, length)) return -EINVAL;
    if (!space_covers(start, end)) return -ENOMEM;
    for (uint64_t va = start; va < end; va += PAGE_SIZE) {
        if (space_resolve(va, 2) != FAULT_RESOLVED && space_resolve(va, 1) != FAULT_RESOLVED) return -ENOMEM;
    }
    return 0;
}

void space_set_heap_start(uint64_t start) { space.heap_start = space.heap_end = start; }

uint64_t space_set_heap_end(uint64_t end) {
    mutex_lock(&space.lock);
    uint64_t old_top = pages_up(space.heap_end), top = pages_up(end);
    bool done = end >= space.heap_start && end < USER_END;
    if (done && top > old_top) {
        struct area more = {.start = old_top, .end = top, .prot = PROT_READ | PROT_WRITE, .flags = AREA_HEAP};
        done = is_free(old_top, top) && !could_never_fit(top - space.heap_start, PROT_WRITE, 0, NULL) &&
               areas_add(&space.areas, &more) == 0;
    } else if (done && top < old_top) {
        done = unmap(top, old_top) == 0;
        if (done) trim_tables(top, old_top);
    }
    if (done) space.heap_end = end;
    uint64_t result = space.heap_end;
    mutex_unlock(&space.lock);
    return result;
}
