// Asking caches for pages.

#include "mem/reclaim.h"
#include "mem/phys.h"
#include <stddef.h>

/// What stays for the kernel itself when the program has used up the rest: stacks, descriptors, requests to devices.
enum { RESERVED = 32, AT_ONCE = 64 };

static uint64_t (*source)(uint64_t want);

void reclaim_set_source(uint64_t (*evict)(uint64_t want)) { source = evict; }

uint64_t reclaim_page(bool zeroed) {
    for (;;) {
        uint64_t page = 0;
        if (phys_free_pages() > RESERVED) page = zeroed ? phys_alloc_zeroed() : phys_alloc(0);
        if (page != 0 || !source || source(AT_ONCE) == 0) return page;
    }
}
