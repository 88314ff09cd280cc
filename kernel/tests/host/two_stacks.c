// Two network stacks, and the wire between them.

#include "two_stacks.h"
#include "heap_on_host.h"
#include "mem/heap.h"
#include "net/stack/arp.h"
#include "random.h"
#include <stdlib.h>
#include <string.h>

struct wire wire;

static unsigned number_of(const struct net_stack *s) { return s == &wire.stacks[1]; }

static void transmit(struct interface *i, struct packet *p) {
    unsigned from = number_of(i->stack);
    if (!wire.passes || wire.passes(from, p)) bad_wire_send(&wire.faults, !from, p, wire.now_ns);
    packet_free(p);
}

static void tcp_changed(struct tcp_connection *c, unsigned what) {
    for (unsigned n = 0; n < 2; n++) {
        if (wire.changed && tcp_ends(c)->local == wire_address(n)) wire.changed(n, c, what);
    }
}

static void arrived(void *owner) {
    if (wire.arrived) wire.arrived(1, owner);
}

static void udp_changed(struct udp_endpoint *e) { (void)e; }

static const struct stack_hooks hooks = {
    .tcp_changed = tcp_changed, .tcp_arrived = arrived, .udp_changed = udp_changed};

void wire_seed(uint64_t seed) { random_state = seed; }

void wire_open(void) {
    memset(&wire, 0, sizeof wire);
    wire.now_ns = 5 * SECONDS;
    wire.faults.delay_ns = 1 * MS;
    for (unsigned n = 0; n < 2; n++) {
        const uint64_t seed[4] = {random_number(), random_number(), random_number(), random_number()};
        const uint8_t mac[6] = {2, 0, 0, 0, 0, (uint8_t)(1 + n)};
        stack_init(&wire.stacks[n], &hooks, seed, wire.now_ns);
        struct interface *i = interface_add(&wire.stacks[n], "en1", mac, ETHERNET_MTU, transmit, NULL);
        interface_configure(i, wire_address(n), IPV4(255, 255, 255, 0), 0);
    }
}

void wire_close(void) {
    bad_wire_clear(&wire.faults);
    for (unsigned n = 0; n < 2; n++) {
        struct net_stack *s = wire_begin(n);
        arp_forget(&s->interfaces[1]);
        tcp_forget_all_waiting(s);
        wire_end(n);
    }
}

struct net_stack *wire_begin(unsigned n) {
    stack_begin(&wire.stacks[n], wire.now_ns);
    return &wire.stacks[n];
}

void wire_end(unsigned n) { stack_end(&wire.stacks[n]); }

static uint64_t next_moment(void) {
    uint64_t next = bad_wire_next(&wire.faults);
    for (unsigned n = 0; n < 2; n++) {
        uint64_t due = stack_next_deadline(&wire.stacks[n]);
        if (due < next) next = due;
    }
    return next;
}

/// What happens at this moment.
static void step(void) {
    unsigned to;
    for (struct packet *p; (p = bad_wire_arrived(&wire.faults, &to, wire.now_ns));) {
        struct net_stack *s = wire_begin(to);
        stack_receive(s, &s->interfaces[1], p);
        wire_end(to);
    }
    for (unsigned n = 0; n < 2; n++) {
        if (stack_next_deadline(&wire.stacks[n]) > wire.now_ns) continue;
        stack_run_timers(wire_begin(n));
        wire_end(n);
    }
}

bool wire_run(bool (*claim)(void), uint64_t limit_ns) {
    uint64_t end = wire.now_ns + limit_ns;
    while (!claim || !claim()) {
        uint64_t next = next_moment();
        // Claims do something too, such as reading slowly: they are asked every so often.
        if (claim && next > wire.now_ns + 10 * MS) next = wire.now_ns + 10 * MS;
        if (next > end) {
            wire.now_ns = end;
            return claim && claim();
        }
        if (next > wire.now_ns) wire.now_ns = next;
        step();
    }
    return true;
}

void wire_pass(uint64_t ns) { wire_run(NULL, ns); }
