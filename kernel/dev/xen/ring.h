// Rings of requests and responses, which a front-end shares with its back-end (Xen's io/ring.h): requests go in, and
// responses come back in the same places. Counts run freely. Pure.
//
// The back-end is not believed: it can answer at most what it was asked, and what it answers is copied before it is
// looked at.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The start of the first page.
struct xen_ring_header {
    volatile uint32_t asked, asked_event, answered, answered_event;
    uint8_t unused[48];
    uint8_t entries[];
};

struct xen_ring {
    struct xen_ring_header *shared;
    uint32_t count; // of places; a power of two
    uint32_t entry_size;
    uint32_t asked, published, taken; // our own counts
    bool broken; // the back-end answered more than it was asked
};

/// `memory`: contiguous, zeroed. As many places as fit, down to a power of two.
void xen_ring_init(struct xen_ring *r, void *memory, size_t size, uint32_t entry_size);
/// How many more can be asked.
static inline uint32_t xen_ring_room(const struct xen_ring *r) { return r->count - (r->asked - r->taken); }
/// The place for one more request; there must be room. It is the back-end's after xen_ring_publish.
void *xen_ring_ask(struct xen_ring *r);
/// Shows the back-end what was asked. Whether it wants to be told.
bool xen_ring_publish(struct xen_ring *r);
/// Copies the next response. False if there is none.
bool xen_ring_take(struct xen_ring *r, void *response, size_t size);
/// The same without taking it: the `n`-th from the next one.
bool xen_ring_peek(struct xen_ring *r, uint32_t n, void *response, size_t size);
/// Asks for an event at the next response, or `wanted` false: at none soon. True if there is a response already.
bool xen_ring_events(struct xen_ring *r, bool wanted);
