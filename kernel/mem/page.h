// What is known of each physical page: 12 bytes. For phys.c, and for heap.c, which marks the pages it owns.
#pragma once

#include <stdint.h>

enum page_state {
    /// Inside a free or allocated block, not its first page.
    PAGE_INNER = 0,
    /// First page of a free block.
    PAGE_FREE,
    /// First page of an allocated block.
    PAGE_USED,
    /// The same, owned by the heap: `tag` says what it holds.
    PAGE_HEAP,
};

struct page {
    union {
        struct {
            uint32_t next, prev; // free: neighbours in the list, as page indices plus one; 0 ends it
        };
        uint32_t refs; // used
    };
    uint8_t state;
    uint8_t order;
    uint16_t tag;
};

/// Null for an address that is not allocatable memory.
struct page *phys_page(uint64_t pa);
