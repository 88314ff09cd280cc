// Rings of bytes in a page that another domain shares: the console's and xenstore's. Each side counts what it has put
// in or taken out; the counts run freely. Pure. What is ours of the counts is kept here too, and only written to the
// page.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct byte_ring {
    volatile uint8_t *bytes;
    uint32_t size; // a power of two
    volatile uint32_t *put, *taken; // in the page
    uint32_t own; // our count: of what we put, or of what we took
    bool broken; // the other side's count made no sense; nothing is taken or put any more
};

/// For the side that puts, and for the one that takes. Goes on where the page's counts are.
void byte_ring_init_put(struct byte_ring *r, volatile uint8_t *bytes, uint32_t size, volatile uint32_t *put,
                        volatile uint32_t *taken);
void byte_ring_init_take(struct byte_ring *r, volatile uint8_t *bytes, uint32_t size, volatile uint32_t *put,
                         volatile uint32_t *taken);
/// As many bytes as there is room for: how many.
size_t byte_ring_put(struct byte_ring *r, const void *from, size_t n);
/// As many bytes as there are, `cap` at most: how many.
size_t byte_ring_take(struct byte_ring *r, void *to, size_t cap);
/// Whether the other side has taken all that was put.
bool byte_ring_is_empty(struct byte_ring *r);
