// Physical pages: a buddy allocator with a reference count for each page.
#pragma once

#include <stdint.h>

/// 2^order contiguous pages, each with one reference; 0 when there are none.
uint64_t phys_alloc(unsigned order);
/// One page full of zeros; 0 when there is none.
uint64_t phys_alloc_zeroed(void);
/// Frees what phys_alloc gave, all at once.
void phys_free(uint64_t pa, unsigned order);

/// References of a single page (order 0): shared by page cache and mappings; freed with the last one.
void phys_ref(uint64_t pa);
void phys_unref(uint64_t pa);
unsigned phys_refs(uint64_t pa);

uint64_t phys_total_pages(void);
uint64_t phys_free_pages(void);
