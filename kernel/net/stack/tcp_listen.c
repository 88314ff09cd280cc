// Listening: connections whose peers are about to be known, in bounded memory. Where too many have begun (a flood of
// SYNs), nothing is kept of a new one: what must be remembered is in the sequence number that we answer with (SYN
// cookies).

#include "mem/heap.h"
#include "net/stack/secret_hash.h"
#include "net/stack/tcp_connection.h"

enum { HALF_OPEN_MOST = 128, TRIES = 5, COOKIE_BITS = 24, COOKIE_SHIFT = 6 /* 64 seconds */ };

static const uint16_t cookie_mss[8] = {216, 536, 1200, 1300, 1400, 1440, 1460, 8960};

static void answer(struct net_stack *s, const struct tcp_half_open *h) {
    uint8_t options[16];
    const struct tcp_ends *e = &h->entry.ends;
    uint32_t n = tcp_syn_options(options, tcp_mss_towards(s, e), h->has_scale, h->may_sack);
    uint32_t window = h->listener ? least(h->listener->settings.receive_most, UINT16_MAX) : UINT16_MAX;
    tcp_send_bare(s, e, h->our_start, h->their_start + 1, FLAG_SYN | FLAG_ACK, (uint16_t)window, options, n);
}

void tcp_half_open_free(struct tcp_half_open *h) {
    stack_disarm(h->listener->stack, &h->timer);
    h->listener->half_open_count--;
    list_remove(&h->node);
    list_remove(&h->entry.node);
    kfree(h);
}

/// Makes a connection of what is known. Null if it has to wait for room, or without memory.
static struct tcp_connection *promote(struct tcp_listener *l, const struct tcp_half_open *h,
                                      const struct tcp_segment *g) {
    struct net_stack *s = l->stack;
    if (l->arrived_count > l->backlog) return NULL;
    struct tcp_connection *c = tcp_make(s, &h->entry.ends, &l->settings);
    if (!c) return NULL;
    c->state = TCP_ESTABLISHED;
    c->iss = h->our_start;
    c->una = c->next = c->max = c->queue_sequence = h->our_start + 1;
    c->irs = h->their_start;
    c->received_next = c->acked_to = h->their_start + 1;
    c->edge = c->received_next + least(l->settings.receive_most, UINT16_MAX);
    const struct tcp_options o = {.mss = h->mss, .has_scale = h->has_scale, .may_sack = h->may_sack, .scale = h->scale};
    c->mss = tcp_mss_towards(s, &h->entry.ends);
    tcp_set_peer_options(c, &o);
    c->window = c->largest_window = g ? (uint32_t)g->window << c->send_scale : UINT16_MAX;
    c->window_sequence = c->received_next;
    c->window_ack = c->una;
    if (c->settings.keep_alive) tcp_settings_changed(c);
    c->listener = l;
    list_push_back(&l->arrived, &c->arrived_node);
    l->arrived_count++;
    s->counters.tcp_passive++;
    return c;
}

static void arrived(struct tcp_listener *l) { l->stack->hooks->tcp_arrived(l->owner); }

static void rang(struct net_stack *s, struct stack_timer *t) {
    struct tcp_half_open *h = container_of(t, struct tcp_half_open, timer);
    struct tcp_listener *l = h->listener;
    bool has_waited = h->was_acked && s->now_ns - h->begun_ns >= l->defer_s * SECOND;
    if (has_waited && promote(l, h, NULL)) {
        // The connection is in the table under the same ends.
        tcp_half_open_free(h);
        arrived(l);
        return;
    }
    if (h->tries >= TRIES && !has_waited) {
        tcp_half_open_free(h);
        return;
    }
    if (!h->was_acked) answer(s, h);
    if (h->tries < TRIES) h->tries++;
    stack_arm(s, &h->timer, s->now_ns + (SECOND << h->tries), rang);
}

static uint32_t cookie_hash(struct net_stack *s, const struct tcp_ends *e, uint32_t their_start, uint32_t minute) {
    const uint64_t words[3] = {(uint64_t)e->local << 32 | e->remote,
                               (uint64_t)e->port << 48 | (uint64_t)e->remote_port << 32 | their_start,
                               minute | (uint64_t)1 << 32};
    return (uint32_t)secret_hash(s->secret, words, 3) & ((1u << COOKIE_BITS) - 1);
}

static uint32_t minute_of(const struct net_stack *s) { return (uint32_t)(s->now_ns / SECOND) >> COOKIE_SHIFT; }

static void answer_with_cookie(struct tcp_listener *l, struct tcp_half_open *h) {
    struct net_stack *s = l->stack;
    uint32_t minute = minute_of(s), mss = 7;
    while (mss > 0 && cookie_mss[mss] > h->mss) mss--;
    h->our_start = (minute & 31) << 27 | mss << COOKIE_BITS | cookie_hash(s, &h->entry.ends, h->their_start, minute);
    // Neither of these fits into the number.
    h->has_scale = h->may_sack = false;
    s->counters.tcp_cookies++;
    l->cookie_ns = s->now_ns;
    answer(s, h);
}

/// Whether an acknowledgement answers a cookie of the last two minutes; what it told goes to `*h`.
static bool is_cookie(struct tcp_listener *l, const struct tcp_ends *ends, const struct tcp_segment *g,
                      struct tcp_half_open *h) {
    struct net_stack *s = l->stack;
    if (l->cookie_ns == 0 || s->now_ns - l->cookie_ns > 2 * (SECOND << COOKIE_SHIFT)) return false;
    uint32_t cookie = g->ack - 1, minute = minute_of(s), age = (minute - (cookie >> 27)) & 31;
    if (age > 1) return false;
    *h = (struct tcp_half_open){.entry = {.ends = *ends},
                                .their_start = g->sequence - 1,
                                .our_start = cookie,
                                .mss = cookie_mss[cookie >> COOKIE_BITS & 7]};
    return cookie_hash(s, ends, h->their_start, minute - age) == (cookie & ((1u << COOKIE_BITS) - 1));
}

static void receive_syn(struct tcp_listener *l, const struct tcp_ends *ends, const struct tcp_segment *g) {
    struct net_stack *s = l->stack;
    struct tcp_half_open begun = {.entry = {.ends = *ends, .kind = TCP_HALF_OPEN},
                                  .listener = l,
                                  .their_start = g->sequence,
                                  .mss = g->options.mss ? g->options.mss : MSS_DEFAULT,
                                  .has_scale = g->options.has_scale,
                                  .may_sack = g->options.may_sack && !s->without_sack,
                                  .scale = g->options.scale,
                                  .begun_ns = s->now_ns};
    // It would have to wait for those that are not accepted: the peer comes again.
    if (l->arrived_count > l->backlog) return;
    struct tcp_half_open *h = l->half_open_count < HALF_OPEN_MOST ? kmalloc(sizeof *h) : NULL;
    if (!h) {
        answer_with_cookie(l, &begun);
        return;
    }
    *h = begun;
    h->our_start = tcp_first_sequence(s, ends);
    list_init(&h->entry.node);
    list_init(&h->node);
    tcp_enter(s, &h->entry);
    list_push_back(&l->half_open, &h->node);
    l->half_open_count++;
    answer(s, h);
    stack_arm(s, &h->timer, s->now_ns + SECOND, rang);
}

void tcp_listener_receive(struct tcp_listener *l, const struct tcp_ends *ends, const struct tcp_segment *g,
                          struct packet *p) {
    struct tcp_half_open told;
    if ((g->flags & (FLAG_SYN | FLAG_ACK | FLAG_RST)) == FLAG_SYN) {
        receive_syn(l, ends, g);
    } else if ((g->flags & FLAG_ACK) && !(g->flags & (FLAG_RST | FLAG_SYN)) && is_cookie(l, ends, g, &told)) {
        struct tcp_connection *c = promote(l, &told, g);
        if (c) {
            tcp_connection_receive(c, g, p);
            arrived(l);
            return;
        }
    } else if (g->flags & FLAG_ACK) {
        tcp_send_reset(l->stack, ends, g);
    }
    packet_free(p);
}

void tcp_half_open_receive(struct tcp_half_open *h, const struct tcp_segment *g, struct packet *p) {
    struct tcp_listener *l = h->listener;
    struct net_stack *s = l->stack;
    bool is_next = g->sequence == h->their_start + 1;
    if (g->flags & FLAG_RST) {
        if (is_next) tcp_half_open_free(h);
    } else if (g->flags & FLAG_SYN) {
        if (g->sequence == h->their_start) answer(s, h);
    } else if ((g->flags & FLAG_ACK) && g->ack != h->our_start + 1) {
        tcp_send_reset(s, &h->entry.ends, g);
    } else if (g->flags & FLAG_ACK) {
        bool has_data = g->length > 0 || (g->flags & FLAG_FIN);
        if (l->defer_s > 0 && !has_data) {
            h->was_acked = true;
            goto drop;
        }
        // The segment may be a later one: what is before it will come again.
        struct tcp_connection *c = promote(l, h, g);
        if (!c) goto drop;
        tcp_half_open_free(h);
        tcp_connection_receive(c, g, p);
        arrived(l);
        return;
    }
drop:
    packet_free(p);
}

void tcp_unlisten(struct tcp_listener *l) {
    list_remove(&l->node);
    while (!list_is_empty(&l->half_open))
        tcp_half_open_free(container_of(l->half_open.next, struct tcp_half_open, node));
    while (!list_is_empty(&l->arrived)) {
        struct tcp_connection *c = container_of(l->arrived.next, struct tcp_connection, arrived_node);
        list_remove(&c->arrived_node);
        c->listener = NULL;
        tcp_close(c, true);
    }
}

struct tcp_connection *tcp_accept(struct tcp_listener *l, void *owner) {
    if (list_is_empty(&l->arrived)) return NULL;
    struct tcp_connection *c = container_of(l->arrived.next, struct tcp_connection, arrived_node);
    list_remove(&c->arrived_node);
    c->listener = NULL;
    l->arrived_count--;
    c->owner = owner;
    return c;
}
