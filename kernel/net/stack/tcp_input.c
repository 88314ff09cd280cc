// Segments that come for a connection (RFC 9293, 3.10.7; RFC 5961 for what strangers might send).

#include "lib/errno.h"
#include "net/stack/tcp_connection.h"

#define ACK_LATER_NS (40 * MILLISECOND)
#define ORPHAN_NS (60 * SECOND)
#define ANSWERS_APART_NS (500 * MILLISECOND)
enum { CHALLENGES_A_SECOND = 100 };

/// The acknowledgement goes with the end of this round, if nothing else goes before.
static void owe_ack(struct tcp_connection *c) {
    if (list_is_empty(&c->ack_node)) list_push_back(&c->stack->tcp_acks, &c->ack_node);
}

void tcp_flush_acks(struct net_stack *s) {
    while (!list_is_empty(&s->tcp_acks)) {
        struct tcp_connection *c = container_of(s->tcp_acks.next, struct tcp_connection, ack_node);
        list_remove(&c->ack_node);
        if (c->ack_now && c->in_table) tcp_send_ack(c);
    }
}

/// Whether a segment is answered that is of no use. Two ends that disagree (because of a third) would answer each
/// other's answers for ever: so those without data are answered twice a second at most.
static bool may_answer(const struct net_stack *s, const struct tcp_segment *g, uint64_t *answered_ns) {
    if (g->length > 0) return true;
    if (*answered_ns && s->now_ns - *answered_ns < ANSWERS_APART_NS) return false;
    *answered_ns = s->now_ns;
    return true;
}

/// Answers what might be a forgery: a true peer resets then with the right number.
static void challenge(struct tcp_connection *c) {
    struct net_stack *s = c->stack;
    if (s->challenge_second != s->now_ns / SECOND) {
        s->challenge_second = s->now_ns / SECOND;
        s->challenges = 0;
    }
    if (s->challenges++ < CHALLENGES_A_SECOND) tcp_send_ack(c);
}

static void become_established(struct tcp_connection *c) {
    c->state = TCP_ESTABLISHED;
    c->first_unanswered_ns = 0;
    if (c->settings.keep_alive) tcp_settings_changed(c);
    tcp_tell(c, TCP_READABLE | TCP_WRITABLE);
}

static void take_start(struct tcp_connection *c, const struct tcp_segment *g) {
    c->irs = g->sequence;
    c->received_next = c->acked_to = g->sequence + 1;
    c->edge = c->received_next + least(c->settings.receive_most, UINT16_MAX);
    c->window = c->largest_window = g->window;
    c->window_sequence = g->sequence;
    c->window_ack = g->ack;
    tcp_set_peer_options(c, &g->options);
}

static void receive_in_syn_sent(struct tcp_connection *c, const struct tcp_segment *g) {
    bool acks = g->flags & FLAG_ACK, is_acceptable = acks && g->ack == c->iss + 1;
    if (acks && !is_acceptable) {
        tcp_send_reset(c->stack, &c->entry.ends, g);
        return;
    }
    if (g->flags & FLAG_RST) {
        if (is_acceptable) tcp_end(c, ECONNREFUSED);
        return;
    }
    if (!(g->flags & FLAG_SYN)) return;
    take_start(c, g);
    if (!acks) {
        // Both began at the same moment.
        c->state = TCP_SYN_RECEIVED;
        c->backoff = 0;
        tcp_send_syn(c);
        return;
    }
    if (c->is_timing) tcp_rtt_measured(c, c->stack->now_ns - c->timed_ns);
    c->is_timing = false;
    c->una = g->ack;
    c->backoff = 0;
    tcp_restart_resend(c);
    become_established(c);
    if (!c->more_follows) c->ack_now = true;
    tcp_output(c);
    owe_ack(c);
}

/// Moves on where our FIN has arrived. False if the connection is over.
static bool look_at_fin(struct tcp_connection *c) {
    if (!c->fin_wanted || c->una != tcp_send_end(c)) return true;
    switch (c->state) {
    case TCP_FIN_WAIT_1:
        c->state = TCP_FIN_WAIT_2;
        if (c->is_orphan) c->end_ns = c->stack->now_ns + ORPHAN_NS;
        tcp_timers_changed(c);
        return true;
    case TCP_CLOSING: tcp_begin_waiting(c); return false;
    case TCP_LAST_ACK: tcp_end(c, 0); return false;
    default: return true;
    }
}

/// The peer's FIN has come, in its turn.
static void take_fin(struct tcp_connection *c) {
    switch (c->state) {
    case TCP_ESTABLISHED: c->state = TCP_CLOSE_WAIT; break;
    case TCP_FIN_WAIT_1: c->state = TCP_CLOSING; break;
    case TCP_FIN_WAIT_2:
        tcp_send_ack(c);
        tcp_begin_waiting(c);
        break;
    default: break;
    }
    tcp_tell(c, TCP_READABLE);
}

/// Cuts off what is not in the window. False if nothing is left: then the peer is told what we have.
static bool cut_to_window(struct tcp_connection *c, const struct tcp_segment *g, struct packet *p, uint32_t *sequence,
                          bool *has_fin) {
    *sequence = g->sequence;
    *has_fin = g->flags & FLAG_FIN;
    if (before(*sequence, c->received_next)) {
        uint32_t old = c->received_next - *sequence;
        if (old > p->length || (old == p->length && !*has_fin)) return false;
        packet_pull(p, old);
        *sequence += old;
    }
    if (*has_fin && c->fin_received) return false;
    uint32_t room = c->edge - *sequence;
    if ((int32_t)room < 0 || (room == 0 && p->length > 0)) return false;
    if (p->length > room) {
        p->length = room;
        *has_fin = false;
    }
    return true;
}

/// Data, and a FIN. Takes the packet over.
static void take_data(struct tcp_connection *c, const struct tcp_segment *g, struct packet *p) {
    uint32_t sequence;
    bool has_fin, had_fin = c->fin_received;
    if (p->length == 0 && !(g->flags & FLAG_FIN)) {
        packet_free(p);
        return;
    }
    if (c->fin_received || !cut_to_window(c, g, p, &sequence, &has_fin)) {
        packet_free(p);
        c->ack_now = true;
        owe_ack(c);
        return;
    }
    uint32_t unread = c->unread;
    if (!tcp_take_data(c, p, sequence, has_fin)) {
        // Each by itself: the sender counts them.
        tcp_send_ack(c);
        return;
    }
    owe_ack(c);
    uint32_t owed = c->received_next - c->acked_to;
    if (owed >= 2u * c->mss || c->quick_acks > 0) c->ack_now = true;
    if (!c->ack_now && c->ack_ns == 0) {
        c->ack_ns = c->stack->now_ns + ACK_LATER_NS;
        tcp_timers_changed(c);
    }
    if (c->fin_received && !had_fin) take_fin(c);
    else if (c->unread != unread) tcp_tell(c, TCP_READABLE);
}

static bool is_in_window(const struct tcp_connection *c, uint32_t sequence) {
    return !before(sequence, c->received_next) && (before(sequence, c->edge) || sequence == c->received_next);
}

/// What a reset means, as Linux has it: who had heard the peer's end only finds that it can't write any more.
static int error_of_reset(const struct tcp_connection *c) {
    return c->state == TCP_SYN_RECEIVED ? ECONNREFUSED : c->state == TCP_CLOSE_WAIT ? EPIPE : ECONNRESET;
}

void tcp_connection_receive(struct tcp_connection *c, const struct tcp_segment *g, struct packet *p) {
    c->segments_in++;
    if (c->state == TCP_SYN_SENT) {
        receive_in_syn_sent(c, g);
        packet_free(p);
        return;
    }
    if (g->flags & FLAG_RST) {
        if (g->sequence == c->received_next) tcp_end(c, error_of_reset(c));
        else if (is_in_window(c, g->sequence)) challenge(c);
        goto drop;
    }
    if (g->flags & FLAG_SYN) {
        if (c->state == TCP_SYN_RECEIVED && g->sequence == c->irs && (g->flags & FLAG_ACK)) {
            // The other half of a simultaneous start.
        } else {
            challenge(c);
            goto drop;
        }
    }
    if (!(g->flags & FLAG_ACK)) goto drop;
    // What begins beyond the window is none of this connection's, not even its acknowledgement.
    if (after(g->sequence, c->edge)) {
        if (may_answer(c->stack, g, &c->answered_ns)) {
            c->ack_now = true;
            owe_ack(c);
        }
        goto drop;
    }
    tcp_heard(c);
    bool is_probe = g->length == 0 && !(g->flags & FLAG_FIN) && before(g->sequence, c->received_next);
    if (!tcp_take_ack(c, g)) {
        if (may_answer(c->stack, g, &c->answered_ns)) owe_ack(c);
        goto drop;
    }
    if (c->state == TCP_SYN_RECEIVED) {
        if (c->una != c->iss + 1 && !after(c->una, c->iss + 1)) goto drop;
        become_established(c);
    }
    if (!look_at_fin(c)) goto drop;
    if (c->is_orphan && g->length > 0 && after(g->sequence + g->length, c->received_next)) {
        // There is nobody to read it.
        tcp_send_reset(c->stack, &c->entry.ends, g);
        tcp_end(c, ECONNRESET);
        goto drop;
    }
    if (is_probe && may_answer(c->stack, g, &c->answered_ns)) {
        c->ack_now = true;
        owe_ack(c);
    }
    if (g->flags & FLAG_SYN) packet_free(p);
    else take_data(c, g, p);
    if (c->in_table) tcp_output(c);
    return;
drop:
    packet_free(p);
}

void tcp_receive(struct net_stack *s, struct packet *p) {
    struct tcp_segment g;
    uint32_t header;
    s->counters.tcp_in++;
    if (!ipv4_checksum_is_good(p, PROTOCOL_TCP) || !tcp_segment_read(p, &g, &header)) {
        s->counters.tcp_bad++;
        packet_free(p);
        return;
    }
    const struct tcp_ends ends = {p->to_address, p->from_address, wire_get16(p->data + 2), wire_get16(p->data)};
    packet_pull(p, header);
    struct tcp_entry *e = tcp_find(s, &ends);
    if (e && e->kind == TCP_WAITING) {
        struct tcp_waiting *w = container_of(e, struct tcp_waiting, entry);
        // A new connection from the same port may follow at once (RFC 9293, 3.10.7.4).
        bool is_new = (g.flags & (FLAG_SYN | FLAG_ACK | FLAG_RST)) == FLAG_SYN && after(g.sequence, w->receive_next);
        if (is_new) {
            tcp_forget_waiting(s, w);
            e = NULL;
        } else if (!(g.flags & FLAG_RST) && may_answer(s, &g, &w->answered_ns)) {
            tcp_send_bare(s, &ends, w->send_next, w->receive_next, FLAG_ACK, UINT16_MAX, NULL, 0);
        }
    }
    struct tcp_listener *l = e ? NULL : tcp_find_listener(s, &ends);
    if (e && e->kind == TCP_CONNECTION) {
        tcp_connection_receive(container_of(e, struct tcp_connection, entry), &g, p);
    } else if (e && e->kind == TCP_HALF_OPEN) {
        tcp_half_open_receive(container_of(e, struct tcp_half_open, entry), &g, p);
    } else if (l) {
        tcp_listener_receive(l, &ends, &g, p);
    } else {
        if (!e) tcp_send_reset(s, &ends, &g);
        packet_free(p);
    }
}
