// Sets of physical memory, as sorted, disjoint, page-aligned ranges. Pure.
#pragma once

#include <stdint.h>

enum { RAM_RANGES_MAX = 64 };

struct ram_range {
    uint64_t start, end;
};

struct ram_ranges {
    unsigned count;
    struct ram_range list[RAM_RANGES_MAX];
};

/// Adds [start, start + size), shrunk to whole pages; joins what touches. What no longer fits the table is left out.
void ram_ranges_add(struct ram_ranges *r, uint64_t start, uint64_t size);
/// Takes [start, start + size), grown to whole pages, out.
void ram_ranges_remove(struct ram_ranges *r, uint64_t start, uint64_t size);
/// How many bytes of [start, end) are in the set.
uint64_t ram_ranges_covered(const struct ram_ranges *r, uint64_t start, uint64_t end);
