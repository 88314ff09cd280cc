// Sorting in place.
#pragma once

#include <stdbool.h>
#include <stddef.h>

/// Heapsort: never worse than n log n, no memory. Items are at most 64 bytes; `before` tells whether a goes before b.
void sort(void *items, size_t count, size_t item_size, bool (*before)(const void *a, const void *b));
