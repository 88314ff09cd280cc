// Two network stacks on the host, and a bad wire between them. The clock is the test's own, so hours pass at once.
#pragma once

#include "bad_wire.h"
#include "net/stack/ipv4.h"
#include "net/stack/tcp.h"

#define MS 1000000ull
#define SECONDS 1000000000ull

struct wire {
    struct net_stack stacks[2];
    uint64_t now_ns;
    struct bad_wire faults;
    void (*changed)(unsigned stack, struct tcp_connection *c, unsigned what);
    void (*arrived)(unsigned stack, void *owner);
    /// Looks at each frame (with its Ethernet header) before it is sent. False: it is lost.
    bool (*passes)(unsigned from, const struct packet *p);
};

extern struct wire wire;

/// Stacks with the addresses 10.0.0.1 and 10.0.0.2.
void wire_open(void);
/// What is random in stacks that are opened from now on is the same every time.
void wire_seed(uint64_t seed);
void wire_close(void);
static inline struct net_stack *wire_stack(unsigned n) { return &wire.stacks[n]; }
static inline uint32_t wire_address(unsigned n) { return IPV4(10, 0, 0, 1 + n); }
/// Goes on until `claim` holds or `limit_ns` have passed. Whether it holds.
bool wire_run(bool (*claim)(void), uint64_t limit_ns);
/// Lets so much time pass.
void wire_pass(uint64_t ns);
/// Around everything that is asked of a stack.
struct net_stack *wire_begin(unsigned n);
void wire_end(unsigned n);
