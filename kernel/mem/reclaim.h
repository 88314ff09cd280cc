// Pages for the program and for file content: when there are few, caches are asked to give some back.
#pragma once

#include <stdbool.h>
#include <stdint.h>

/// One page with one reference (phys_unref). 0 when memory is truly out.
uint64_t reclaim_page(bool zeroed);
/// Sees to it that the kernel's own allocations, which can't ask, find some. It may sleep for the caches' locks.
void reclaim_spare(void);
/// Sets the cache that is asked: it frees up to `want` pages and returns how many it freed.
void reclaim_set_source(uint64_t (*evict)(uint64_t want));
