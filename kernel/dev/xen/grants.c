// Grants. The table grows by pages; numbers that were taken back are given again, the last one first.
#include "dev/xen/grants.h"

#include "arch/cpu.h"
#include "arch/paging.h"
#include "dev/xen/hypercall.h"
#include "mem/heap.h"
#include "mem/phys.h"
#include <stddef.h>

/// The first numbers are the toolstack's, for console and xenstore.
enum { RESERVED = 8, PER_PAGE = PAGE_SIZE / 8, PAGES_MOST = 16 };
enum { PERMIT = 1, READ_ONLY = 4, IN_USE = 8 | 16 };

struct entry {
    volatile uint16_t flags;
    uint16_t domain;
    uint32_t frame;
};

static struct entry *pages[PAGES_MOST];
/// The number behind each free one, as a chain; 0 is its end.
static uint16_t *next_free[PAGES_MOST];
static unsigned page_count, given;
static uint16_t first_free;

static void make_free(uint32_t grant) {
    next_free[grant / PER_PAGE][grant % PER_PAGE] = first_free;
    first_free = (uint16_t)grant;
}

static bool grow(void) {
    if (page_count == PAGES_MOST) {
        return false;
    }
    uint64_t pa = phys_alloc_zeroed();
    uint16_t *chain = pa != 0 ? kzalloc(PER_PAGE * sizeof(*chain)) : NULL;
    if (chain == NULL || xen_map_page(XEN_GRANT_TABLE, page_count, pa) != 0) {
        kfree(chain);
        if (pa != 0) {
            phys_free(pa, 0);
        }
        return false;
    }
    pages[page_count] = phys_to_virt(pa);
    next_free[page_count] = chain;
    uint32_t first = page_count++ * PER_PAGE;
    for (uint32_t i = PER_PAGE; i-- > (first == 0 ? RESERVED : 0);) {
        make_free(first + i);
    }
    return true;
}

uint32_t grant_give(uint16_t peer, uint64_t pa, bool readonly) {
    bool on = interrupts_disable();
    uint32_t grant = 0;
    if ((first_free != 0 || grow()) && pa / PAGE_SIZE <= UINT32_MAX) {
        grant = first_free;
        first_free = next_free[grant / PER_PAGE][grant % PER_PAGE];
        struct entry *e = &pages[grant / PER_PAGE][grant % PER_PAGE];
        e->domain = peer;
        e->frame = (uint32_t)(pa / PAGE_SIZE);
        __atomic_store_n(&e->flags, (uint16_t)(PERMIT | (readonly ? READ_ONLY : 0)), __ATOMIC_SEQ_CST);
        given++;
    }
    interrupts_restore(on);
    return grant;
}

bool grant_take_back(uint32_t grant) {
    bool on = interrupts_disable();
    struct entry *e = &pages[grant / PER_PAGE][grant % PER_PAGE];
    uint16_t flags = e->flags;
    bool done = false;
    while ((flags & IN_USE) == 0 && !done) {
        done = __atomic_compare_exchange_n(&e->flags, &flags, 0, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    }
    if (done) {
        make_free(grant);
        given--;
    }
    interrupts_restore(on);
    return done;
}

unsigned grants_given(void) { return given; }
