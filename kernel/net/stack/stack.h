// The network stack: packets in, packets out, and a clock. It knows no device, no thread and no program, so it runs on
// a host as it runs in the kernel. Nothing in it sleeps; the caller sets the clock before (stack_begin), and lets
// it finish what it began afterwards (stack_end).
#pragma once

#include "lib/list.h"
#include "net/stack/dhcp.h"
#include "net/stack/fragments.h"
#include "net/stack/interface.h"
#include "net/stack/packet.h"
#include "net/stack/stack_timer.h"

enum { INTERFACES_MOST = 8, TCP_BUCKETS = 1024, UDP_BUCKETS = 64, LISTENER_BUCKETS = 64 };

struct tcp_connection;
struct udp_endpoint;
struct net_stack;

/// What the stack tells its owner.
struct stack_hooks {
    /// A connection's `owner` can read or write more, or the connection has ended.
    void (*tcp_changed)(struct tcp_connection *c, unsigned what);
    /// A listener has a connection to be accepted.
    void (*tcp_arrived)(void *listener_owner);
    void (*udp_changed)(struct udp_endpoint *e);
    /// An interface has got an address, or lost it.
    void (*address_changed)(struct interface *i);
};

struct stack_counters {
    uint64_t tcp_active, tcp_passive, tcp_in, tcp_out, tcp_again, tcp_bad, tcp_resets_out, tcp_cookies, tcp_fails;
    uint64_t udp_in, udp_out, udp_no_port, udp_bad, udp_full;
    uint64_t ip_in, ip_bad, ip_out, ip_no_route;
};

struct net_stack {
    uint64_t now_ns;
    const struct stack_hooks *hooks;
    uint64_t secret[2];
    uint64_t random_state;
    struct timer_heap timers;
    struct interface interfaces[INTERFACES_MOST]; // the first is the loopback
    unsigned interface_count;
    struct packet_queue looped; // sent to ourselves, not yet received
    struct list tcp_table[TCP_BUCKETS], tcp_listeners[LISTENER_BUCKETS];
    struct list tcp_acks; // connections that owe their peer an acknowledgement at the end
    struct list tcp_waits; // those in TIME_WAIT, oldest first
    struct list tcp_dead; // connections to be freed at the end
    unsigned tcp_wait_count, tcp_connection_count;
    struct stack_timer tcp_wait_timer;
    struct list udp_table[UDP_BUCKETS];
    struct fragment_table fragments;
    struct stack_counters counters;
    uint64_t challenge_second;
    unsigned challenges;
    uint16_t next_ip_id, next_port;
    bool without_sack; // selective acknowledgements are neither offered nor accepted
    bool is_short_of_memory; // set by its owner: connections are given less
};

/// `seed`: 32 random bytes.
void stack_init(struct net_stack *s, const struct stack_hooks *hooks, const uint64_t seed[4], uint64_t now_ns);
static inline void stack_begin(struct net_stack *s, uint64_t now_ns) { s->now_ns = now_ns; }
/// Delivers what was sent to ourselves, and sends acknowledgements that are due.
void stack_end(struct net_stack *s);
/// A frame from an interface, which is the stack's from now on.
void stack_receive(struct net_stack *s, struct interface *i, struct packet *p);
/// Does what is due.
void stack_run_timers(struct net_stack *s);
/// When something is due next; UINT64_MAX if never.
uint64_t stack_next_deadline(const struct net_stack *s);

/// Arms a timer, or moves an armed one.
void stack_arm(struct net_stack *s, struct stack_timer *t, uint64_t deadline_ns,
               void (*fire)(struct net_stack *stack, struct stack_timer *timer));
void stack_disarm(struct net_stack *s, struct stack_timer *t);
/// Numbers that are spread well, for choices that need not be secret.
uint32_t stack_random(struct net_stack *s);
