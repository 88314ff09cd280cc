// Timers of a connection: sending again (RFC 6298), probing a closed window, delayed acknowledgements, keep-alive, and
// the ends of those whose owner is gone. One timer looks at all of them; a deadline that moved on lets it ring for
// nothing.

#include "lib/errno.h"
#include "net/stack/tcp_connection.h"

enum { TRIES = 15, TRIES_ORPHAN = 8 };
#define RTO_LEAST (200 * MILLISECOND)
#define RTO_MOST (120 * SECOND)
#define CLOCK_GRAIN (4 * MILLISECOND)
#define SILENCE_MOST (900 * SECOND)

static void rang(struct net_stack *s, struct stack_timer *t);

static uint64_t earlier(uint64_t a, uint64_t b) { return b != 0 && b < a ? b : a; }

void tcp_timers_changed(struct tcp_connection *c) {
    uint64_t first = earlier(earlier(earlier(UINT64_MAX, c->resend_ns), c->persist_ns), c->ack_ns);
    first = earlier(earlier(earlier(first, c->keep_ns), c->end_ns), c->cork_ns);
    if (first == UINT64_MAX || (c->timer.is_armed && c->timer.node.deadline_ns <= first)) return;
    stack_arm(c->stack, &c->timer, first, rang);
}

void tcp_timers_stop(struct tcp_connection *c) {
    c->resend_ns = c->persist_ns = c->ack_ns = c->keep_ns = c->end_ns = c->cork_ns = 0;
    stack_disarm(c->stack, &c->timer);
}

void tcp_rtt_measured(struct tcp_connection *c, uint64_t rtt) {
    if (c->srtt_ns == 0) {
        c->srtt_ns = rtt ? rtt : 1;
        c->rttvar_ns = rtt / 2;
    } else {
        uint64_t off = rtt > c->srtt_ns ? rtt - c->srtt_ns : c->srtt_ns - rtt;
        c->rttvar_ns = c->rttvar_ns - c->rttvar_ns / 4 + off / 4;
        c->srtt_ns = c->srtt_ns - c->srtt_ns / 8 + rtt / 8;
    }
    uint64_t variation = 4 * c->rttvar_ns;
    c->rto_ns = c->srtt_ns + (variation > CLOCK_GRAIN ? variation : CLOCK_GRAIN);
    if (c->rto_ns < RTO_LEAST) c->rto_ns = RTO_LEAST;
    if (c->rto_ns > RTO_MOST) c->rto_ns = RTO_MOST;
}

static uint64_t backed_off(const struct tcp_connection *c, unsigned times) {
    uint64_t wait = c->rto_ns;
    for (; times > 0 && wait < RTO_MOST; times--) wait *= 2;
    return wait < RTO_MOST ? wait : RTO_MOST;
}

void tcp_restart_resend(struct tcp_connection *c) {
    c->resend_ns = c->una == c->max ? 0 : c->stack->now_ns + backed_off(c, c->backoff);
    tcp_timers_changed(c);
}

void tcp_heard(struct tcp_connection *c) {
    c->last_received_ns = c->stack->now_ns;
    c->probes = 0;
}

static bool has_waited_too_long(const struct tcp_connection *c) {
    uint64_t limit = c->settings.user_timeout_ms * MILLISECOND;
    if (limit) return c->first_unanswered_ns && c->stack->now_ns - c->first_unanswered_ns >= limit;
    bool is_syn = c->state == TCP_SYN_SENT || c->state == TCP_SYN_RECEIVED;
    return c->backoff >= (is_syn ? c->settings.syn_tries : c->is_orphan ? TRIES_ORPHAN : TRIES);
}

/// Nothing was acknowledged in time. False if the connection is over.
static bool resend(struct tcp_connection *c) {
    c->resend_ns = 0;
    if (c->una == c->max) return true;
    if (has_waited_too_long(c)) {
        tcp_end(c, ETIMEDOUT);
        return false;
    }
    c->is_timing = false;
    c->total_again++;
    c->stack->counters.tcp_again++;
    if (c->state == TCP_SYN_SENT || c->state == TCP_SYN_RECEIVED) {
        c->backoff++;
        tcp_send_syn(c);
        return true;
    }
    tcp_congestion_timeout(c);
    // A peer may take back what it said it has (RFC 2018, 8).
    if (c->backoff > 0) c->sacked_count = 0;
    c->backoff++;
    c->duplicates = 0;
    c->is_recovering = false;
    c->was_timed_out = true;
    c->recover = c->max;
    c->next = c->una;
    tcp_send_again(c);
    return true;
}

static bool probe_window(struct tcp_connection *c) {
    c->persist_ns = 0;
    if (c->una != c->max || tcp_send_end(c) == c->max) return true;
    if (c->stack->now_ns - c->last_received_ns > SILENCE_MOST || (c->is_orphan && c->probes > TRIES_ORPHAN)) {
        tcp_end(c, ETIMEDOUT);
        return false;
    }
    if (c->window > 0) {
        // It is open a little: what fits is sent after all.
        tcp_send_again(c);
        return true;
    }
    tcp_send_probe(c);
    c->persist_ns = c->stack->now_ns + backed_off(c, ++c->probes);
    return true;
}

static bool keep_alive(struct tcp_connection *c) {
    uint64_t idle = c->settings.idle_s * SECOND, silent = c->stack->now_ns - c->last_received_ns;
    c->keep_ns = 0;
    if (!c->settings.keep_alive) return true;
    if (silent < idle || c->una != c->max) {
        c->keep_ns = (silent < idle ? c->last_received_ns : c->stack->now_ns) + idle;
        return true;
    }
    if (c->probes >= c->settings.probes) {
        tcp_end(c, ETIMEDOUT);
        return false;
    }
    c->probes++;
    tcp_send_probe(c);
    c->keep_ns = c->stack->now_ns + c->settings.interval_s * SECOND;
    return true;
}

static bool is_due(const struct tcp_connection *c, uint64_t deadline) {
    return deadline != 0 && deadline <= c->stack->now_ns;
}

static void rang(struct net_stack *s, struct stack_timer *t) {
    struct tcp_connection *c = container_of(t, struct tcp_connection, timer);
    (void)s;
    if (is_due(c, c->end_ns)) {
        tcp_end(c, 0);
        return;
    }
    if (is_due(c, c->ack_ns)) {
        // What can't be sent, for want of memory or of a way, is not tried again by itself: the peer will ask.
        c->ack_ns = 0;
        tcp_send_ack(c);
    }
    if (is_due(c, c->cork_ns)) {
        c->cork_ns = 0;
        tcp_send_again(c);
    }
    if (is_due(c, c->resend_ns) && !resend(c)) return;
    if (is_due(c, c->persist_ns) && !probe_window(c)) return;
    if (is_due(c, c->keep_ns) && !keep_alive(c)) return;
    tcp_timers_changed(c);
}
