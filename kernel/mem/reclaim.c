// Asking caches for pages.

#include "mem/reclaim.h"
#include "mem/phys.h"
#include <stdbool.h>
#include <stddef.h>

/// `LAST`: what stays for the kernel itself when the program has used up the rest: stacks, descriptors, requests to
/// devices. A part of the memory is spared by caches: what the kernel takes in interrupts or under locks can't wait for
/// them.
enum { LAST = 32, AT_ONCE = 64, SPARED_PART = 12 };

static uint64_t (*source)(uint64_t want);
/// So few pages were free when caches had nothing to give: 0 if they had.
static uint64_t barren;

void reclaim_set_source(uint64_t (*evict)(uint64_t want)) { source = evict; }

static bool is_short(unsigned part) { return phys_free_pages() <= phys_total_pages() / part; }

/// Has some pages given back. Where there were none it is not asked again before as many more are used up.
static bool give_back(void) {
    uint64_t free = phys_free_pages();
    if (!source || (barren != 0 && free > LAST && free + AT_ONCE > barren)) return false;
    bool any = source(AT_ONCE) > 0;
    barren = any ? 0 : free;
    return any;
}

void reclaim_spare(void) {
    if (!is_short(2 * SPARED_PART)) return;
    while (is_short(SPARED_PART) && give_back()) {
    }
}

uint64_t reclaim_page(bool zeroed) {
    while (is_short(SPARED_PART) && give_back()) {
    }
    if (phys_free_pages() <= LAST) return 0;
    return zeroed ? phys_alloc_zeroed() : phys_alloc(0);
}
