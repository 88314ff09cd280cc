// The bits of a page-table entry, and the way down the tree. For paging.c, direct_map.c and kernel_space.c.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pte_bits {
    PTE_PRESENT = 1 << 0,
    PTE_WRITE = 1 << 1,
    PTE_USER = 1 << 2,
    PTE_UNCACHED = 1 << 3 | 1 << 4, // write-through and cache-disable: PAT entry 3, uncached after reset
    PTE_DIRTY = 1 << 6,
    PTE_LARGE = 1 << 7,
    PTE_GLOBAL = 1 << 8,
};

#define PTE_NO_EXECUTE (1ull << 63)
#define PTE_ADDRESS 0x000ffffffffff000ull

enum { ENTRIES = 512 };

/// Entry of `va` at a level: 3 for the top table, 0 for the one that holds pages.
static inline unsigned table_index(uint64_t va, unsigned level) { return (unsigned)(va >> (12 + 9 * level)) % ENTRIES; }

extern uint64_t kernel_page_table[ENTRIES];

/// The table behind an entry. It must be present and not large.
uint64_t *table_at(uint64_t entry);

/// The level-0 entry of `va`; with `create`, missing tables are made. Null for none: no memory, or a large page there.
uint64_t *pte_find(uint64_t va, bool create);

/// Builds the direct map of all of boot_ram and turns global pages on. False without memory for the tables.
bool direct_map_init(void);
