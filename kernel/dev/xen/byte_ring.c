// Rings of bytes in a page that another domain shares.
#include "dev/xen/byte_ring.h"

static void init(struct byte_ring *r, volatile uint8_t *bytes, uint32_t size, volatile uint32_t *put,
                 volatile uint32_t *taken, uint32_t own) {
    *r = (struct byte_ring){.bytes = bytes, .size = size, .put = put, .taken = taken, .own = own};
}

void byte_ring_init_put(struct byte_ring *r, volatile uint8_t *bytes, uint32_t size, volatile uint32_t *put,
                        volatile uint32_t *taken) {
    init(r, bytes, size, put, taken, *put);
}

void byte_ring_init_take(struct byte_ring *r, volatile uint8_t *bytes, uint32_t size, volatile uint32_t *put,
                         volatile uint32_t *taken) {
    init(r, bytes, size, put, taken, *taken);
}

/// What lies between our count and the other side's, which is not believed beyond the ring's size.
static uint32_t between(struct byte_ring *r, uint32_t put, uint32_t taken) {
    uint32_t n = put - taken;
    r->broken = r->broken || n > r->size;
    return n;
}

size_t byte_ring_put(struct byte_ring *r, const void *from, size_t n) {
    uint32_t used = between(r, r->own, __atomic_load_n(r->taken, __ATOMIC_SEQ_CST));
    if (r->broken) {
        return 0;
    }
    uint32_t room = r->size - used;
    n = n < room ? n : room;
    for (size_t i = 0; i < n; i++) {
        r->bytes[(r->own + i) & (r->size - 1)] = ((const uint8_t *)from)[i];
    }
    r->own += (uint32_t)n;
    __atomic_store_n(r->put, r->own, __ATOMIC_SEQ_CST);
    return n;
}

size_t byte_ring_take(struct byte_ring *r, void *to, size_t cap) {
    uint32_t there = between(r, __atomic_load_n(r->put, __ATOMIC_SEQ_CST), r->own);
    if (r->broken) {
        return 0;
    }
    size_t n = cap < there ? cap : there;
    for (size_t i = 0; i < n; i++) {
        ((uint8_t *)to)[i] = r->bytes[(r->own + i) & (r->size - 1)];
    }
    r->own += (uint32_t)n;
    __atomic_store_n(r->taken, r->own, __ATOMIC_SEQ_CST);
    return n;
}

bool byte_ring_is_empty(struct byte_ring *r) {
    return between(r, r->own, __atomic_load_n(r->taken, __ATOMIC_SEQ_CST)) == 0;
}
