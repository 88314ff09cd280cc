// The network stack's own parts: clock, timers, the way in and the loop to ourselves.

#include "net/stack/stack.h"
#include "lib/string.h"
#include "net/stack/ipv4.h"
#include "net/stack/arp.h"
#include "net/stack/tcp.h"

/// Deadlines are rounded up to this, so that those near each other are one interrupt.
enum { GRAIN_NS = 4 << 20 };

static void transmit_looped(struct interface *i, struct packet *p) {
    // It comes back as it is, behind what is there already.
    p->checksum_done = true;
    packet_append(&i->stack->looped, p);
}

static void init_lists(struct list *lists, unsigned count) {
    for (unsigned i = 0; i < count; i++) list_init(&lists[i]);
}

void stack_init(struct net_stack *s, const struct stack_hooks *hooks, const uint64_t seed[4], uint64_t now_ns) {
    memset(s, 0, sizeof *s);
    s->hooks = hooks;
    s->now_ns = now_ns;
    s->secret[0] = seed[0];
    s->secret[1] = seed[1];
    s->random_state = seed[2] | 1;
    s->next_port = (uint16_t)seed[3];
    s->next_ip_id = (uint16_t)(seed[3] >> 16);
    init_lists(s->tcp_table, TCP_BUCKETS);
    init_lists(s->tcp_listeners, LISTENER_BUCKETS);
    init_lists(s->udp_table, UDP_BUCKETS);
    list_init(&s->tcp_acks);
    list_init(&s->tcp_waits);
    list_init(&s->tcp_dead);
    struct interface *loop = interface_add(s, "lo", NULL, LOOPBACK_MTU, transmit_looped, NULL);
    loop->is_loopback = true;
    loop->checksums_offloaded = true;
    loop->address = IPV4(127, 0, 0, 1);
    loop->mask = IPV4(255, 0, 0, 0);
}

void stack_end(struct net_stack *s) {
    do {
        for (struct packet *p; (p = packet_take(&s->looped));) {
            s->interfaces[0].received_packets++;
            s->interfaces[0].received_bytes += p->length;
            ipv4_receive(s, &s->interfaces[0], p);
        }
        tcp_flush_acks(s);
        tcp_bury(s);
    } while (s->looped.first);
}

void stack_receive(struct net_stack *s, struct interface *i, struct packet *p) {
    i->received_packets++;
    i->received_bytes += p->length;
    ethernet_receive(s, i, p);
}

void stack_run_timers(struct net_stack *s) {
    while (s->timers.root && s->timers.root->deadline_ns <= s->now_ns) {
        struct stack_timer *t = container_of(s->timers.root, struct stack_timer, node);
        timer_heap_remove(&s->timers, &t->node);
        t->is_armed = false;
        t->fire(s, t);
    }
}

uint64_t stack_next_deadline(const struct net_stack *s) {
    return s->timers.root ? s->timers.root->deadline_ns : UINT64_MAX;
}

void stack_disarm(struct net_stack *s, struct stack_timer *t) {
    if (t->is_armed) timer_heap_remove(&s->timers, &t->node);
    t->is_armed = false;
}

void stack_arm(struct net_stack *s, struct stack_timer *t, uint64_t deadline_ns,
               void (*fire)(struct net_stack *stack, struct stack_timer *timer)) {
    stack_disarm(s, t);
    t->fire = fire;
    t->is_armed = true;
    timer_heap_insert(&s->timers, &t->node, (deadline_ns + GRAIN_NS - 1) & ~(uint64_t)(GRAIN_NS - 1));
}

/// xorshift64* (Vigna, "An experimental exploration of Marsaglia's xorshift generators").
uint32_t stack_random(struct net_stack *s) {
    uint64_t x = s->random_state;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    s->random_state = x;
    return (uint32_t)(x * 0x2545f4914f6cdd1d >> 32);
}
