// Acknowledgements: what has arrived, what is lost, and how much the peer takes.

#include "net/stack/tcp_connection.h"

enum { DUPLICATES = 3 };

static void begin_recovery(struct tcp_connection *c) {
    tcp_congestion_loss(c);
    c->is_recovering = true;
    c->recover = c->max;
    c->rexmit_next = c->una;
    c->is_timing = false;
}

static void look_for_loss(struct tcp_connection *c) {
    if (c->is_recovering) return;
    // After a timeout the acknowledgements of what was sent before it are no news (RFC 6582, 4).
    if (c->was_timed_out && before(c->una, c->recover)) return;
    if (c->duplicates >= DUPLICATES || after(tcp_lost_edge(c), c->una)) begin_recovery(c);
}

static void take_duplicate(struct tcp_connection *c) {
    c->duplicates++;
    look_for_loss(c);
}

/// `n` bytes more are acknowledged; `una` has moved already.
static void recover(struct tcp_connection *c, uint32_t n) {
    if (!before(c->una, c->recover)) {
        c->is_recovering = false;
        c->duplicates = 0;
        uint32_t flight = c->max - c->una;
        c->cwnd = least(c->ssthresh, (flight > c->mss ? flight : c->mss) + c->mss);
        return;
    }
    if (!c->may_sack) {
        // A part: the next segment is lost too, and as many of the duplicates have been used up.
        unsigned used = n / c->mss;
        c->duplicates = c->duplicates > used ? c->duplicates - used : 0;
        c->rexmit_next = c->una;
    }
}

static void take_new(struct tcp_connection *c, uint32_t ack) {
    uint32_t n = ack - c->una, data = least(n, c->queue_bytes);
    if (c->is_timing && after(ack, c->timed_sequence)) {
        c->is_timing = false;
        tcp_rtt_measured(c, c->stack->now_ns - c->timed_ns);
    }
    c->una = ack;
    if (before(c->next, ack)) c->next = ack;
    tcp_queue_drop(c, data);
    c->bytes_acked += data;
    tcp_sack_advance(c);
    c->backoff = 0;
    c->first_unanswered_ns = c->una == c->max ? 0 : c->stack->now_ns;
    if (c->una == c->max) c->idle_since_ns = c->stack->now_ns;
    if (c->was_timed_out && !before(c->una, c->recover)) c->was_timed_out = false;
    if (c->is_recovering) {
        recover(c, n);
    } else {
        c->duplicates = 0;
        tcp_congestion_acked(c, n);
        if (c->sacked_count > 0) look_for_loss(c);
    }
    tcp_restart_resend(c);
    if (c->wants_flush && tcp_is_flushed(c)) tcp_tell(c, TCP_WRITABLE);
    if (c->wants_room && tcp_has_much_room(c)) {
        c->wants_room = false;
        tcp_tell(c, TCP_WRITABLE);
    }
}

static bool take_window(struct tcp_connection *c, const struct tcp_segment *g) {
    bool is_newer =
        before(c->window_sequence, g->sequence) || (c->window_sequence == g->sequence && !after(c->window_ack, g->ack));
    if (!is_newer) return false;
    uint32_t window = (uint32_t)g->window << c->send_scale;
    bool has_changed = window != c->window;
    c->window = window;
    c->window_sequence = g->sequence;
    c->window_ack = g->ack;
    if (window > c->largest_window) c->largest_window = window;
    if (window > 0) c->persist_ns = 0;
    return has_changed;
}

bool tcp_take_ack(struct tcp_connection *c, const struct tcp_segment *g) {
    if (after(g->ack, c->max)) {
        c->ack_now = true;
        return false;
    }
    // Too old to be true (RFC 5961, 5).
    if (before(g->ack, c->una - c->largest_window - 65535)) {
        c->ack_now = true;
        return false;
    }
    uint32_t sacked = c->may_sack ? tcp_sacked_below(c, c->max) : 0;
    tcp_sack_take(c, &g->options);
    bool window_changed = take_window(c, g);
    if (after(g->ack, c->una)) {
        take_new(c, g->ack);
    } else if (g->ack == c->una && c->una != c->max) {
        bool is_new_sack = c->may_sack && tcp_sacked_below(c, c->max) > sacked;
        bool is_plain = g->length == 0 && !window_changed && !(g->flags & (FLAG_FIN | FLAG_SYN));
        if (is_new_sack || (is_plain && !c->may_sack) || (is_plain && c->sacked_count > 0)) take_duplicate(c);
    }
    return true;
}
