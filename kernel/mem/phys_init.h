// How memory comes under phys.c's care, at start; and what only the kernel's own allocators need.
#pragma once

#include <stdint.h>

/// Hands the pages from `start` up to `end` over. Earlier ranges are used first. A range too small to hold its own
/// bookkeeping is ignored.
void phys_add_range(uint64_t start, uint64_t end);

/// Turns an allocated block of 2^order pages into single pages, each with one reference.
void phys_split(uint64_t pa, unsigned order);
