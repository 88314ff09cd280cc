// Ports that are chosen for whoever did not ask for one.
#pragma once

#include "net/stack/stack.h"

enum { PORT_FIRST = 32768, PORT_LAST = 60999 };

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
