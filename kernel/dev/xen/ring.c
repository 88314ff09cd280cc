// Rings of requests and responses.
#include "dev/xen/ring.h"

#include "lib/string.h"

void xen_ring_init(struct xen_ring *r, void *memory, size_t size, uint32_t entry_size) {
    *r = (struct xen_ring){.shared = memory, .entry_size = entry_size, .count = 1};
    while (r->count * 2 * entry_size <= size - sizeof(struct xen_ring_header)) {
        r->count *= 2;
    }
    r->shared->asked_event = r->shared->answered_event = 1;
}

static uint8_t *place(const struct xen_ring *r, uint32_t n) {
    return r->shared->entries + (size_t)(n & (r->count - 1)) * r->entry_size;
}

void *xen_ring_ask(struct xen_ring *r) { return place(r, r->asked++); }

bool xen_ring_publish(struct xen_ring *r) {
    uint32_t before = r->published;
    r->published = r->asked;
    __atomic_store_n(&r->shared->asked, r->asked, __ATOMIC_SEQ_CST);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return r->asked - r->shared->asked_event < r->asked - before;
}

bool xen_ring_peek(struct xen_ring *r, uint32_t n, void *response, size_t size) {
    uint32_t there = __atomic_load_n(&r->shared->answered, __ATOMIC_ACQUIRE) - r->taken;
    r->broken = r->broken || there > r->published - r->taken;
    if (r->broken || n >= there) {
        return false;
    }
    memcpy(response, place(r, r->taken + n), size);
    return true;
}

bool xen_ring_take(struct xen_ring *r, void *response, size_t size) {
    bool is_there = xen_ring_peek(r, 0, response, size);
    r->taken += is_there;
    return is_there;
}

bool xen_ring_events(struct xen_ring *r, bool wanted) {
    // Half a circle away it is behind the back-end for as long as anything is in flight.
    __atomic_store_n(&r->shared->answered_event, wanted ? r->taken + 1 : r->taken - (1u << 31), __ATOMIC_SEQ_CST);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return r->shared->answered != r->taken;
}
