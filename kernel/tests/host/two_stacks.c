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

static void fly(unsigned to, struct packet *p) {
    struct flying *f = malloc(sizeof *f), **at = &wire.first;
    uint64_t delay = wire.delay_ns + (wire.jitter_ns ? random_below(wire.jitter_ns) : 0);
    *f = (struct flying){.packet = p, .to = to, .at_ns = wire.now_ns + delay};
    bool overtakes = random_below(1000) < wire.reordered;
    // Those of one direction keep their order, unless one overtakes.
    for (struct flying *other = wire.first; other && !overtakes; other = other->next) {
        if (other->to == to && other->at_ns > f->at_ns) f->at_ns = other->at_ns;
    }
    while (*at && (*at)->at_ns <= f->at_ns) at = &(*at)->next;
    f->next = *at;
    *at = f;
}

static struct packet *copy_of(const struct packet *p) {
    struct packet *copy = packet_make(p->length);
    memcpy(copy->data, p->data, p->length);
    copy->length = p->length;
    return copy;
}

static void transmit(struct interface *i, struct packet *p) {
    unsigned from = number_of(i->stack);
    wire.frames++;
    bool is_stopped = wire.passes && !wire.passes(from, p);
    bool is_lost = random_below(1000) < wire.lost || wire.is_cut || is_stopped;
    // What arrives knows nothing of what the sender knew.
    if (!is_lost) fly(!from, copy_of(p));
    if (!is_lost && random_below(1000) < wire.doubled) fly(!from, copy_of(p));
    wire.dropped += is_lost;
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

static const struct stack_hooks hooks = {.tcp_changed = tcp_changed, .tcp_arrived = arrived, .udp_changed = udp_changed};

void wire_open(void) {
    memset(&wire, 0, sizeof wire);
    wire.now_ns = 5 * SECONDS;
    wire.delay_ns = 1 * MS;
    for (unsigned n = 0; n < 2; n++) {
        const uint64_t seed[4] = {random_number(), random_number(), random_number(), random_number()};
        const uint8_t mac[6] = {2, 0, 0, 0, 0, (uint8_t)(1 + n)};
        stack_init(&wire.stacks[n], &hooks, seed, wire.now_ns);
        struct interface *i = interface_add(&wire.stacks[n], "en1", mac, ETHERNET_MTU, transmit, NULL);
        interface_configure(i, wire_address(n), IPV4(255, 255, 255, 0), 0);
    }
}

void wire_close(void) {
    while (wire.first) {
        struct flying *f = wire.first;
        wire.first = f->next;
        packet_free(f->packet);
        free(f);
    }
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
    uint64_t next = wire.first ? wire.first->at_ns : UINT64_MAX;
    for (unsigned n = 0; n < 2; n++) {
        uint64_t due = stack_next_deadline(&wire.stacks[n]);
        if (due < next) next = due;
    }
    return next;
}

/// What happens at this moment.
static void step(void) {
    while (wire.first && wire.first->at_ns <= wire.now_ns) {
        struct flying *f = wire.first;
        wire.first = f->next;
        struct net_stack *s = wire_begin(f->to);
        stack_receive(s, &s->interfaces[1], f->packet);
        wire_end(f->to);
        free(f);
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
