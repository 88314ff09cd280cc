// Options of the level IPPROTO_TCP.

#include "lib/errno.h"
#include "lib/string.h"
#include "net/inet/inet_socket.h"

enum tcp_option {
    TCP_OPTION_NO_DELAY = 1,
    TCP_OPTION_SEGMENT = 2,
    TCP_OPTION_CORK = 3,
    TCP_OPTION_IDLE = 4,
    TCP_OPTION_INTERVAL = 5,
    TCP_OPTION_PROBES = 6,
    TCP_OPTION_SYN_COUNT = 7,
    TCP_OPTION_LINGER = 8,
    TCP_OPTION_DEFER = 9,
    TCP_OPTION_CLAMP = 10,
    TCP_OPTION_INFO = 11,
    TCP_OPTION_QUICK_ACK = 12,
    TCP_OPTION_CONGESTION = 13,
    TCP_OPTION_USER_TIMEOUT = 18,
    TCP_OPTION_NOT_SENT = 25,
    TCP_OPTION_FAST_OPEN_CONNECT = 30,
};

/// As struct tcp_info, as far as programs read it.
struct tcp_info {
    uint8_t state, congestion_state, retransmits, probes, backoff, options, scales, flags;
    uint32_t rto, ato, send_mss, receive_mss, unacked, sacked, lost, retransmitted, forward_acks;
    uint32_t last_data_sent, last_ack_sent, last_data_received, last_ack_received;
    uint32_t path_mtu, receive_threshold, rtt, rtt_variation, send_threshold, send_window, advertised_mss, reordering;
    uint32_t receive_rtt, receive_space, total_retransmits;
    uint64_t pacing_rate, pacing_most, bytes_acked, bytes_received;
    uint32_t segments_out, segments_in;
};
_Static_assert(sizeof(struct tcp_info) == 144, "the ABI's layout");

/// A number of those that are taken. -EINVAL for others.
static int set_within(uint32_t *to, int32_t n, int32_t low, int32_t high) {
    if (n < low || n > high) return -EINVAL;
    *to = (uint32_t)n;
    return 0;
}

int inet_set_tcp_option(struct inet_socket *s, int option, int32_t n) {
    struct tcp_settings *t = inet_settings(s);
    int result;
    switch (option) {
    case TCP_OPTION_NO_DELAY:
        t->no_delay = n != 0;
        if (n && s->connection) tcp_push(s->connection);
        return 0;
    case TCP_OPTION_CORK:
        t->corked = n != 0;
        if (!n && s->connection) tcp_push(s->connection);
        return 0;
    case TCP_OPTION_IDLE:
    case TCP_OPTION_INTERVAL:
        result = set_within(option == TCP_OPTION_IDLE ? &t->idle_s : &t->interval_s, n, 1, 32767);
        if (result == 0 && s->connection) tcp_settings_changed(s->connection);
        return result;
    case TCP_OPTION_PROBES: return set_within(&t->probes, n, 1, 127);
    case TCP_OPTION_SYN_COUNT: return set_within(&t->syn_tries, n, 1, 127);
    case TCP_OPTION_QUICK_ACK:
        s->acks_late = n == 0;
        if (s->connection) tcp_set_quick_acks(s->connection, n != 0);
        return 0;
    case TCP_OPTION_NOT_SENT: s->not_sent_least = n; return 0;
    case TCP_OPTION_FAST_OPEN_CONNECT:
        // Data never goes with a SYN, which is what a server that does not know of it makes of it, too.
        return n == 0 || n == 1 ? 0 : -EINVAL;
    case TCP_OPTION_DEFER:
        s->defer_s = n < 0 ? 0 : n;
        s->listener.defer_s = (uint32_t)s->defer_s;
        return 0;
    case TCP_OPTION_SEGMENT:
        if (n != 0 && (n < 88 || n > 32767)) return -EINVAL;
        t->segment_most = (uint32_t)n;
        return 0;
    case TCP_OPTION_USER_TIMEOUT: return set_within(&t->user_timeout_ms, n, 0, INT32_MAX);
    case TCP_OPTION_LINGER:
    case TCP_OPTION_CLAMP: return 0;
    default: return -ENOPROTOOPT;
    }
}

static void get_info(const struct tcp_connection *c, struct tcp_info *info) {
    enum { HAS_SACK = 2, HAS_SCALING = 4 };
    struct tcp_figures f;
    tcp_figures(c, &f);
    *info = (struct tcp_info){.state = (uint8_t)f.state,
                              .retransmits = f.retransmits,
                              .probes = f.probes,
                              .backoff = f.backoff,
                              .options = (uint8_t)((f.has_sack ? HAS_SACK : 0) | (f.has_scaling ? HAS_SCALING : 0)),
                              .scales = (uint8_t)(f.send_scale | f.receive_scale << 4),
                              .rto = f.rto_us,
                              .send_mss = f.mss,
                              .receive_mss = f.mss,
                              .unacked = f.unacked,
                              .sacked = f.sacked,
                              .last_data_received = (uint32_t)f.last_received_ms,
                              .path_mtu = f.mss + 40,
                              .rtt = f.rtt_us,
                              .rtt_variation = f.rtt_variation_us,
                              .send_threshold = f.ssthresh,
                              .send_window = f.cwnd,
                              .advertised_mss = f.mss,
                              .reordering = 3,
                              .receive_space = f.receive_window,
                              .total_retransmits = f.total_retransmits,
                              .bytes_acked = f.bytes_acked,
                              .bytes_received = f.bytes_received,
                              .segments_out = (uint32_t)f.segments_out,
                              .segments_in = (uint32_t)f.segments_in};
}

int inet_get_tcp_option(struct inet_socket *s, int option, void *value, uint32_t *length) {
    const struct tcp_settings *t = inet_settings(s);
    struct tcp_figures f;
    int32_t *n = value;
    if (option == TCP_OPTION_INFO) {
        struct tcp_info info = {.state = s->is_listening ? TCP_LISTEN : TCP_CLOSED};
        if (s->connection) get_info(s->connection, &info);
        memcpy(value, &info, sizeof info);
        *length = *length < sizeof info ? *length : sizeof info;
        return 0;
    }
    if (option == TCP_OPTION_CONGESTION) {
        memcpy(value, "reno", 5);
        *length = *length < 16 ? *length : 16;
        return 0;
    }
    *length = sizeof *n;
    switch (option) {
    case TCP_OPTION_NO_DELAY: *n = t->no_delay; return 0;
    case TCP_OPTION_CORK: *n = t->corked; return 0;
    case TCP_OPTION_SEGMENT:
        if (s->connection) tcp_figures(s->connection, &f);
        *n = s->connection ? (int32_t)f.mss : t->segment_most ? (int32_t)t->segment_most : 536;
        return 0;
    case TCP_OPTION_IDLE: *n = (int32_t)t->idle_s; return 0;
    case TCP_OPTION_INTERVAL: *n = (int32_t)t->interval_s; return 0;
    case TCP_OPTION_PROBES: *n = (int32_t)t->probes; return 0;
    case TCP_OPTION_DEFER: *n = s->defer_s; return 0;
    case TCP_OPTION_USER_TIMEOUT: *n = (int32_t)t->user_timeout_ms; return 0;
    case TCP_OPTION_QUICK_ACK: *n = !s->acks_late; return 0;
    case TCP_OPTION_SYN_COUNT: *n = (int32_t)t->syn_tries; return 0;
    case TCP_OPTION_NOT_SENT: *n = s->not_sent_least; return 0;
    case TCP_OPTION_LINGER: *n = 60; return 0;
    case TCP_OPTION_FAST_OPEN_CONNECT:
    case TCP_OPTION_CLAMP: *n = 0; return 0;
    default: return -ENOPROTOOPT;
    }
}
