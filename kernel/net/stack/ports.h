// Ports that are chosen for sockets that did not ask for one.
#pragma once

#include "net/stack/stack.h"

enum { PORT_FIRST = 32768, PORT_LAST = 60999 };

/// How much one of those that share a port wants what a peer sends: it goes to the one that wants it most, so that one
/// peer's is one socket's. The last step is from SplitMix64 (Steele and others, "Fast splittable pseudorandom number
/// generators").
static inline uint32_t port_share(const void *socket, uint32_t address, uint16_t port) {
    uint64_t x = (uint64_t)(uintptr_t)socket * 0x9e3779b97f4a7c15 ^ ((uint64_t)address << 16 | port);
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return (uint32_t)(x >> 32);
}

/// A port for which `is_free` holds; 0 if there is none.
static inline uint16_t port_choose(struct net_stack *s, bool (*is_free)(void *context, uint16_t port), void *context) {
    enum { COUNT = PORT_LAST - PORT_FIRST + 1 };
    s->next_port = (uint16_t)(s->next_port + 1 + stack_random(s) % 8);
    for (uint32_t i = 0; i < COUNT; i++) {
        uint16_t port = (uint16_t)(PORT_FIRST + (s->next_port + i) % COUNT);
        if (is_free(context, port)) return port;
    }
    return 0;
}
