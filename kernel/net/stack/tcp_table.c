// Finding connections and listeners by their ends, and choosing ports and first sequence numbers.

#include "lib/errno.h"
#include "net/stack/ports.h"
#include "net/stack/secret_hash.h"
#include "net/stack/tcp_connection.h"

static void words_of(const struct tcp_ends *e, uint64_t words[2]) {
    words[0] = (uint64_t)e->local << 32 | e->remote;
    words[1] = (uint64_t)e->port << 16 | e->remote_port;
}

static struct list *bucket(struct net_stack *s, const struct tcp_ends *e) {
    uint64_t words[2];
    words_of(e, words);
    // A multiplication spreads well, and the key keeps peers from choosing the bucket.
    uint64_t h = (words[0] ^ s->secret[0]) * 0x9e3779b97f4a7c15;
    h = (h ^ h >> 32 ^ words[1] ^ s->secret[1]) * 0x9e3779b97f4a7c15;
    return &s->tcp_table[h >> 54];
}
_Static_assert(TCP_BUCKETS == 1 << 10, "the hash's bits");

struct tcp_entry *tcp_find(struct net_stack *s, const struct tcp_ends *e) {
    struct list *head = bucket(s, e);
    for (struct list *at = head->next; at != head; at = at->next) {
        struct tcp_entry *found = container_of(at, struct tcp_entry, node);
        const struct tcp_ends *f = &found->ends;
        if (f->remote_port == e->remote_port && f->port == e->port && f->remote == e->remote && f->local == e->local)
            return found;
    }
    return NULL;
}

void tcp_enter(struct net_stack *s, struct tcp_entry *e) { list_push_front(bucket(s, &e->ends), &e->node); }

static struct list *listeners_of(struct net_stack *s, uint16_t port) {
    return &s->tcp_listeners[port % LISTENER_BUCKETS];
}

/// Among those that share the port, by the peer: so one peer's segments go to one listener.
struct tcp_listener *tcp_find_listener(struct net_stack *s, const struct tcp_ends *e) {
    struct tcp_listener *best = NULL;
    uint32_t best_rank = 0;
    struct list *head = listeners_of(s, e->port);
    for (struct list *at = head->next; at != head; at = at->next) {
        struct tcp_listener *l = container_of(at, struct tcp_listener, node);
        if (l->port != e->port || (l->local && l->local != e->local)) continue;
        uint32_t rank = port_share(l, e->remote, e->remote_port) >> 1;
        if (l->local) rank |= 1u << 31;
        if (best && rank <= best_rank) continue;
        best = l;
        best_rank = rank;
    }
    return best;
}

void tcp_listen(struct net_stack *s, struct tcp_listener *l) {
    l->stack = s;
    list_init(&l->arrived);
    list_init(&l->half_open);
    list_push_front(listeners_of(s, l->port), &l->node);
}

bool tcp_port_is_taken(struct net_stack *s, uint32_t address, uint16_t port, bool shares_port) {
    struct list *head = listeners_of(s, port);
    for (struct list *at = head->next; at != head; at = at->next) {
        const struct tcp_listener *l = container_of(at, struct tcp_listener, node);
        if (l->port != port || (l->local && address && l->local != address)) continue;
        if (!(l->shares_port && shares_port)) return true;
    }
    return false;
}

static bool may_share(struct tcp_entry *e, bool shares_address, bool shares_port) {
    if (e->kind == TCP_WAITING) {
        const struct tcp_waiting *w = container_of(e, struct tcp_waiting, entry);
        return (w->shares_address && shares_address) || (w->shares_port && shares_port);
    }
    // What is half open is its listener's.
    if (e->kind != TCP_CONNECTION) return true;
    const struct tcp_settings *settings = &container_of(e, struct tcp_connection, entry)->settings;
    return (settings->shares_address && shares_address) || (settings->shares_port && shares_port);
}

bool tcp_port_has_connections(struct net_stack *s, uint32_t address, uint16_t port, bool shares_address,
                              bool shares_port) {
    for (unsigned n = 0; n < TCP_BUCKETS; n++) {
        struct list *head = &s->tcp_table[n];
        for (struct list *at = head->next; at != head; at = at->next) {
            struct tcp_entry *e = container_of(at, struct tcp_entry, node);
            if (e->ends.port != port || (address && e->ends.local != address)) continue;
            if (!may_share(e, shares_address, shares_port)) return true;
        }
    }
    return false;
}

struct choice {
    struct net_stack *stack;
    struct tcp_ends ends;
};

static bool is_free(void *context, uint16_t port) {
    struct choice *c = context;
    c->ends.port = port;
    return !tcp_find(c->stack, &c->ends) && !tcp_port_is_taken(c->stack, c->ends.local, port, false);
}

/// RFC 6528: a clock of four microseconds, and a secret that differs with the ends.
uint32_t tcp_first_sequence(struct net_stack *s, const struct tcp_ends *e) {
    uint64_t words[2];
    words_of(e, words);
    return (uint32_t)(s->now_ns / 4000) + (uint32_t)secret_hash(s->secret, words, 2);
}

int tcp_connect(struct net_stack *s, const struct tcp_ends *ends, const struct tcp_settings *settings, void *owner,
                struct tcp_connection **connection) {
    struct choice choice = {s, *ends};
    struct tcp_ends *e = &choice.ends;
    struct route r;
    if (address_is_multicast(e->remote) || e->remote == UINT32_MAX) return -ENETUNREACH;
    if (!route_find(s, e->remote, e->local, &r)) return -ENETUNREACH;
    if (e->remote == 0) e->remote = r.next_hop;
    if (e->local == 0) e->local = r.source;
    if (e->port == 0) e->port = port_choose(s, is_free, &choice);
    else if (tcp_find(s, e)) return -EADDRNOTAVAIL;
    if (e->port == 0) return -EADDRNOTAVAIL;
    struct tcp_connection *c = tcp_make(s, e, settings);
    if (!c) return -ENOMEM;
    c->owner = owner;
    c->state = TCP_SYN_SENT;
    c->iss = c->una = c->next = tcp_first_sequence(s, e);
    c->max = c->iss;
    c->queue_sequence = c->iss + 1;
    c->mss = tcp_mss_towards(s, e);
    *connection = c;
    s->counters.tcp_active++;
    tcp_send_syn(c);
    return 0;
}
