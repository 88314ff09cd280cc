// Sending: what may go now, of what was written and of what was lost.

#include "net/stack/tcp_connection.h"

#define CORKED_NS (200 * MILLISECOND)

/// One segment to be sent.
struct piece {
    uint32_t sequence, length;
    bool has_fin, is_again;
};

/// After a segment was sent that told the peer what we have.
static void told(struct tcp_connection *c) {
    c->acked_to = c->received_next;
    c->ack_now = c->ack_soon = false;
    c->ack_ns = 0;
    if (c->quick_acks > 0) c->quick_acks--;
}

static uint16_t window_to_tell(struct tcp_connection *c) {
    // What does not fill a unit is not told; it is taken all the same.
    c->edge = tcp_window_edge(c);
    return (uint16_t)least((c->edge - c->received_next) >> c->receive_scale, UINT16_MAX);
}

static uint32_t put_sacks(const struct tcp_connection *c, uint8_t *to) {
    struct tcp_range ranges[SACK_TOLD];
    unsigned count = c->may_sack && c->out_of_order ? tcp_sacks_to_tell(c, ranges) : 0;
    if (count == 0) return 0;
    to[0] = to[1] = 1;
    to[2] = 5;
    to[3] = (uint8_t)(2 + 8 * count);
    for (unsigned i = 0; i < count; i++) {
        wire_put32(to + 4 + 8 * i, ranges[i].start);
        wire_put32(to + 8 + 8 * i, ranges[i].end);
    }
    return 4 + 8 * count;
}

static void send(struct tcp_connection *c, const struct piece *what) {
    struct net_stack *s = c->stack;
    struct route r;
    uint8_t options[4 + 8 * SACK_TOLD];
    uint32_t n = what->length, option_bytes = put_sacks(c, options);
    if (!route_find(s, c->entry.ends.remote, c->entry.ends.local, &r)) return;
    struct packet *p = packet_make(n);
    if (!p) return;
    r.source = c->entry.ends.local;
    uint64_t sum = n > 0 ? tcp_queue_copy(c, what->sequence, p->data, n, 0) : 0;
    p->length = n;
    uint8_t *h = packet_push(p, TCP_HEADER + option_bytes);
    bool is_last = what->sequence + n == c->queue_sequence + c->queue_bytes;
    wire_put32(h + 4, what->sequence);
    wire_put32(h + 8, c->received_next);
    h[12] = (uint8_t)((TCP_HEADER + option_bytes) / 4 << 4);
    h[13] = (uint8_t)(FLAG_ACK | (n > 0 && is_last ? FLAG_PSH : 0) | (what->has_fin ? FLAG_FIN : 0));
    wire_put16(h + 14, window_to_tell(c));
    for (uint32_t i = 0; i < option_bytes; i++) h[TCP_HEADER + i] = options[i];
    told(c);
    c->segments_out++;
    tcp_transmit(s, &c->entry.ends, &r, &c->settings, p, sum);
}

void tcp_send_ack(struct tcp_connection *c) {
    const struct piece nothing = {.sequence = c->max};
    send(c, &nothing);
}

void tcp_send_probe(struct tcp_connection *c) {
    const struct piece nothing = {.sequence = c->una - 1};
    send(c, &nothing);
}

void tcp_send_syn(struct tcp_connection *c) {
    uint8_t options[16];
    struct net_stack *s = c->stack;
    bool answers = c->state == TCP_SYN_RECEIVED;
    uint16_t mss = tcp_mss_towards(s, &c->entry.ends);
    uint32_t n = tcp_syn_options(options, mss, answers ? c->has_scale : true, answers ? c->may_sack : !s->without_sack);
    uint32_t window = least(c->settings.receive_most, UINT16_MAX);
    c->edge = c->received_next + window;
    tcp_send_bare(s, &c->entry.ends, c->iss, c->received_next, (uint8_t)(FLAG_SYN | (answers ? FLAG_ACK : 0)),
                  (uint16_t)window, options, n);
    c->next = c->max = c->iss + 1;
    if (c->first_unanswered_ns == 0) c->first_unanswered_ns = s->now_ns;
    if (c->backoff == 0) {
        c->is_timing = true;
        c->timed_sequence = c->iss;
        c->timed_ns = s->now_ns;
    }
    tcp_restart_resend(c);
}

static uint32_t data_end(const struct tcp_connection *c) { return c->queue_sequence + c->queue_bytes; }

static void cut(const struct tcp_connection *c, struct piece *piece, uint32_t limit) {
    uint32_t end = data_end(c), most = c->mss - (c->may_sack && c->out_of_order ? 4 + 8 * SACK_TOLD : 0);
    piece->length =
        before(piece->sequence, end) ? least(least(limit - piece->sequence, end - piece->sequence), most) : 0;
    piece->has_fin = c->fin_wanted && piece->sequence + piece->length == end && after(limit, end);
}

/// The next part that is lost. False if there is none.
static bool next_lost(const struct tcp_connection *c, struct piece *piece) {
    uint32_t start = after(c->rexmit_next, c->una) ? c->rexmit_next : c->una, end;
    if (!c->is_recovering || !tcp_next_hole(c, &start, &end, tcp_lost_edge(c))) return false;
    *piece = (struct piece){.sequence = start, .is_again = true};
    cut(c, piece, end);
    return piece->length > 0 || piece->has_fin;
}

/// Whether a segment that is not full has to wait: for more data, for an answer, or for a window worth filling.
static bool must_wait(struct tcp_connection *c, const struct piece *piece) {
    if (piece->length >= c->mss || piece->has_fin || piece->is_again) return false;
    if (piece->sequence + piece->length != data_end(c)) return piece->length < c->largest_window / 2;
    if (c->settings.corked || c->more_follows) {
        if (c->cork_ns == 0) c->cork_ns = c->stack->now_ns + CORKED_NS;
        return true;
    }
    return !c->settings.no_delay && c->una != c->max;
}

/// The next part in turn, of what was not yet sent or is sent anew after a timeout. False if there is none, or it may
/// not go.
static bool next_in_turn(struct tcp_connection *c, struct piece *piece, bool hurries) {
    uint32_t start = c->next, end = tcp_send_end(c), allowed = c->una + c->window;
    bool is_again = before(start, c->max);
    if (is_again && !tcp_next_hole(c, &start, &end, c->max)) {
        start = c->next = c->max;
        end = tcp_send_end(c);
        is_again = false;
    }
    *piece = (struct piece){.sequence = start, .is_again = is_again};
    cut(c, piece, end);
    if (after(start + piece->length, allowed)) {
        piece->length = after(allowed, start) ? allowed - start : 0;
        piece->has_fin = false;
    }
    if (piece->length == 0 && !piece->has_fin) return false;
    return hurries || !must_wait(c, piece);
}

static void sent(struct tcp_connection *c, const struct piece *piece) {
    uint32_t end = piece->sequence + piece->length + piece->has_fin;
    if (piece->is_again) {
        c->total_again++;
        c->stack->counters.tcp_again++;
    } else if (!c->is_timing) {
        c->is_timing = true;
        c->timed_sequence = piece->sequence;
        c->timed_ns = c->stack->now_ns;
    }
    // What is sent twice can't be timed (Karn).
    if (piece->is_again && !after(piece->sequence, c->timed_sequence)) c->is_timing = false;
    if (c->is_recovering && after(end, c->rexmit_next) && piece->is_again) c->rexmit_next = end;
    if (after(end, c->next)) c->next = end;
    if (after(end, c->max)) c->max = end;
    if (c->first_unanswered_ns == 0) c->first_unanswered_ns = c->stack->now_ns;
    c->persist_ns = 0;
    if (c->resend_ns == 0) tcp_restart_resend(c);
}

static void wait_for_window(struct tcp_connection *c) {
    bool has_more = tcp_send_end(c) != c->max;
    if (c->una != c->max || !has_more || c->cork_ns != 0 || c->persist_ns != 0) return;
    c->persist_ns = c->stack->now_ns + c->rto_ns;
    tcp_timers_changed(c);
}

static void output(struct tcp_connection *c, bool hurries) {
    struct piece piece;
    if (!tcp_can_send(c)) return;
    tcp_congestion_idle(c);
    for (;; hurries = false) {
        bool is_lost = next_lost(c, &piece);
        if (!is_lost && !next_in_turn(c, &piece, hurries)) break;
        uint32_t pipe = tcp_pipe(c);
        bool is_first_again = is_lost && piece.sequence == c->una;
        if (pipe > 0 && pipe + piece.length > c->cwnd && !hurries && !is_first_again) break;
        send(c, &piece);
        sent(c, &piece);
    }
    wait_for_window(c);
    if (c->cork_ns != 0) tcp_timers_changed(c);
}

void tcp_output(struct tcp_connection *c) { output(c, false); }
void tcp_send_again(struct tcp_connection *c) { output(c, true); }
