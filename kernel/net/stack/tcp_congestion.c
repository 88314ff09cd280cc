// How much may be on its way: slow start, congestion avoidance and recovery as NewReno has them (RFC 5681, 6582, 6675),
// beginning with ten segments (RFC 6928). Growth is counted in bytes that were acknowledged (RFC 3465).

#include "net/stack/tcp_connection.h"

enum { FIRST_WINDOW = 10, CWND_MOST = 8 << 20 };

static uint32_t initial_window(const struct tcp_connection *c) {
    uint32_t bytes = FIRST_WINDOW * c->mss, limit = 14600 > 2u * c->mss ? 14600 : 2u * c->mss;
    return least(bytes, limit);
}

void tcp_congestion_init(struct tcp_connection *c) {
    c->cwnd = initial_window(c);
    c->ssthresh = UINT32_MAX;
}

void tcp_congestion_acked(struct tcp_connection *c, uint32_t n) {
    // A window that is not used says nothing about what the path takes (RFC 7661).
    if (c->max - c->una + n + 2u * c->mss < c->cwnd) return;
    if (c->cwnd < c->ssthresh) {
        c->cwnd += least(n, 2u * c->mss);
    } else {
        c->acked_in_window += n;
        if (c->acked_in_window < c->cwnd) return;
        c->acked_in_window -= c->cwnd;
        c->cwnd += c->mss;
    }
    if (c->cwnd > CWND_MOST) c->cwnd = CWND_MOST;
}

static void halve(struct tcp_connection *c) {
    uint32_t flight = c->max - c->una;
    c->ssthresh = flight / 2 > 2u * c->mss ? flight / 2 : 2u * c->mss;
    c->acked_in_window = 0;
}

void tcp_congestion_loss(struct tcp_connection *c) {
    halve(c);
    c->cwnd = c->ssthresh;
}

void tcp_congestion_timeout(struct tcp_connection *c) {
    if (c->backoff == 0) halve(c);
    c->cwnd = c->mss;
}

void tcp_congestion_idle(struct tcp_connection *c) {
    // After a pause longer than a timeout the window is as at the start (RFC 5681, 4.1).
    if (c->una != c->max || c->idle_since_ns == 0 || c->stack->now_ns - c->idle_since_ns < c->rto_ns) return;
    c->cwnd = least(c->cwnd, initial_window(c));
    c->idle_since_ns = c->stack->now_ns;
}
