// Physical pages: a buddy allocator with a reference count for each page.
//
// Each range of RAM is a zone with its own array of struct page at its start. A zone's memory enters the free lists a
// chunk at a time, when the allocator has run out: so neither the array nor the memory of a big machine is touched
// before it is needed. Masking interrupts is the lock.
#include "mem/phys.h"

#include "arch/cpu.h"
#include "arch/paging.h"
#include "lib/string.h"
#include "mem/page.h"
#include "mem/phys_init.h"
#include "lib/panic.h"
#include <stdbool.h>
#include <stddef.h>

enum { ORDERS = 15, CHUNK_PAGES = 1024, ZONES_MAX = 16 };

struct zone {
    uint64_t first; // page number of pages[0]
    uint32_t count;
    uint32_t introduced; // pages[0 .. introduced) are initialised
    struct page *pages;
    uint32_t free_heads[ORDERS]; // as struct page's links
};

static struct zone zones[ZONES_MAX];
static unsigned zone_count;
static uint64_t total_pages, free_pages;

static void list_push(struct zone *z, uint32_t index, unsigned order) {
    struct page *page = &z->pages[index];
    uint32_t head = z->free_heads[order];
    *page = (struct page){.state = PAGE_FREE, .order = (uint8_t)order};
    page->next = head;
    if (head != 0) {
        z->pages[head - 1].prev = index + 1;
    }
    z->free_heads[order] = index + 1;
}

static void list_take(struct zone *z, uint32_t index) {
    struct page *page = &z->pages[index];
    if (page->prev != 0) {
        z->pages[page->prev - 1].next = page->next;
    } else {
        z->free_heads[page->order] = page->next;
    }
    if (page->next != 0) {
        z->pages[page->next - 1].prev = page->prev;
    }
    page->state = PAGE_INNER;
}

/// Puts a block into the free lists, joined with its free buddies.
static void release(struct zone *z, uint32_t index, unsigned order) {
    while (order + 1 < ORDERS) {
        uint64_t number = (z->first + index) ^ (1ull << order);
        uint64_t buddy = number - z->first;
        if (number < z->first || buddy + (1ull << order) > z->introduced || z->pages[buddy].state != PAGE_FREE ||
            z->pages[buddy].order != order) {
            break;
        }
        list_take(z, (uint32_t)buddy);
        z->pages[index].state = PAGE_INNER;
        index = buddy < index ? (uint32_t)buddy : index;
        order++;
    }
    list_push(z, index, order);
}

/// Lets the zone's next pages into the free lists, up to a chunk boundary; false at its end.
static bool introduce(struct zone *z) {
    if (z->introduced == z->count) {
        return false;
    }
    uint64_t number = z->first + z->introduced;
    uint64_t want = CHUNK_PAGES - number % CHUNK_PAGES;
    uint32_t end = z->count - z->introduced < want ? z->count : z->introduced + (uint32_t)want;
    uint32_t index = z->introduced;
    memset(&z->pages[index], 0, (end - index) * sizeof(struct page));
    z->introduced = end;
    while (index < end) {
        unsigned order = 0;
        while (order + 1 < ORDERS && (z->first + index) % (2ull << order) == 0 && index + (2u << order) <= end) {
            order++;
        }
        release(z, index, order);
        index += 1u << order;
    }
    return true;
}

static uint64_t zone_alloc(struct zone *z, unsigned order) {
    unsigned found;
    do {
        found = order;
        while (found < ORDERS && z->free_heads[found] == 0) {
            found++;
        }
    } while (found == ORDERS && introduce(z));
    if (found == ORDERS) {
        return 0;
    }
    uint32_t index = z->free_heads[found] - 1;
    list_take(z, index);
    while (found > order) {
        found--;
        list_push(z, index + (1u << found), found);
    }
    z->pages[index] = (struct page){.refs = 1, .state = PAGE_USED, .order = (uint8_t)order};
    return (z->first + index) << PAGE_SHIFT;
}

static struct zone *zone_of(uint64_t pa) {
    uint64_t number = pa >> PAGE_SHIFT;
    for (unsigned i = 0; i < zone_count; i++) {
        if (number - zones[i].first < zones[i].introduced) {
            return &zones[i];
        }
    }
    return NULL;
}

struct page *phys_page(uint64_t pa) {
    struct zone *z = zone_of(pa);
    return z == NULL ? NULL : &z->pages[(pa >> PAGE_SHIFT) - z->first];
}

static struct page *used_page(uint64_t pa) {
    struct page *page = phys_page(pa);
    if (page == NULL || (page->state != PAGE_USED && page->state != PAGE_HEAP)) {
        panic("physical page 0x%lx is not allocated", pa);
    }
    return page;
}

uint64_t phys_alloc(unsigned order) {
    bool on = interrupts_disable();
    uint64_t pa = 0;
    for (unsigned i = 0; i < zone_count && pa == 0 && order < ORDERS; i++) {
        pa = zone_alloc(&zones[i], order);
    }
    if (pa != 0) {
        free_pages -= 1ull << order;
    }
    interrupts_restore(on);
    return pa;
}

uint64_t phys_alloc_zeroed(void) {
    uint64_t pa = phys_alloc(0);
    if (pa != 0) {
        memset(phys_to_virt(pa), 0, PAGE_SIZE);
    }
    return pa;
}

void phys_free(uint64_t pa, unsigned order) {
    bool on = interrupts_disable();
    struct page *page = used_page(pa);
    if (page->order != order || page->refs != 1) {
        panic("physical page 0x%lx: freed as 2^%u pages, but it is 2^%u with %u references", pa, order, page->order,
              page->refs);
    }
    struct zone *z = zone_of(pa);
    release(z, (uint32_t)((pa >> PAGE_SHIFT) - z->first), order);
    free_pages += 1ull << order;
    interrupts_restore(on);
}

void phys_split(uint64_t pa, unsigned order) {
    bool on = interrupts_disable();
    struct page *page = used_page(pa);
    for (uint32_t i = 0; i < 1u << order; i++) {
        page[i] = (struct page){.refs = 1, .state = PAGE_USED};
    }
    interrupts_restore(on);
}

void phys_ref(uint64_t pa) {
    bool on = interrupts_disable();
    used_page(pa)->refs++;
    interrupts_restore(on);
}

void phys_unref(uint64_t pa) {
    bool on = interrupts_disable();
    struct page *page = used_page(pa);
    if (page->refs == 1) {
        phys_free(pa, page->order);
    } else {
        page->refs--;
    }
    interrupts_restore(on);
}

unsigned phys_refs(uint64_t pa) { return used_page(pa)->refs; }

uint64_t phys_total_pages(void) { return total_pages; }
uint64_t phys_free_pages(void) { return free_pages; }

void phys_add_range(uint64_t start, uint64_t end) {
    uint64_t pages = (end - start) >> PAGE_SHIFT;
    uint64_t array = (pages * sizeof(struct page) + PAGE_SIZE - 1) >> PAGE_SHIFT;
    if (zone_count == ZONES_MAX || pages <= array || pages - array > UINT32_MAX / 2) {
        return;
    }
    zones[zone_count++] = (struct zone){
        .first = (start >> PAGE_SHIFT) + array,
        .count = (uint32_t)(pages - array),
        .pages = phys_to_virt(start),
    };
    total_pages += pages;
    free_pages += pages - array;
}
