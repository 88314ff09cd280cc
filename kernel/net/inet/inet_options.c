// Options of sockets: those that change something, and those that programs set without which they would not start.

#include "lib/errno.h"
#include "lib/string.h"
#include "net/inet/inet_socket.h"

enum tcp_option {
    TCP_OPTION_NO_DELAY = 1, TCP_OPTION_SEGMENT = 2, TCP_OPTION_CORK = 3, TCP_OPTION_IDLE = 4, TCP_OPTION_INTERVAL = 5,
    TCP_OPTION_PROBES = 6, TCP_OPTION_SYN_COUNT = 7, TCP_OPTION_LINGER = 8, TCP_OPTION_DEFER = 9, TCP_OPTION_CLAMP = 10,
    TCP_OPTION_INFO = 11, TCP_OPTION_QUICK_ACK = 12, TCP_OPTION_CONGESTION = 13, TCP_OPTION_USER_TIMEOUT = 18,
    TCP_OPTION_FAST_OPEN = 23, TCP_OPTION_NOT_SENT = 25,
};
enum ip_option {
    IP_OPTION_SERVICE = 1, IP_OPTION_TTL = 2, IP_OPTION_PACKET_INFO = 8, IP_OPTION_MTU_DISCOVER = 10, IP_OPTION_ERRORS = 11,
    IP_OPTION_RECEIVE_TTL = 12, IP_OPTION_RECEIVE_SERVICE = 13, IP_OPTION_MTU = 14, IP_OPTION_FREE_BIND = 15,
    IP_OPTION_NO_PORT = 24, IP_OPTION_GROUP_TTL = 33, IP_OPTION_GROUP_LOOP = 34, IP_OPTION_JOIN = 35, IP_OPTION_LEAVE = 36,
    IP_OPTION_GROUP_INTERFACE = 32, IP_OPTION_GROUP_ALL = 49,
};

/// As struct timeval.
struct moment {
    int64_t seconds, microseconds;
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

static struct tcp_settings *settings_of(struct inet_socket *s) { return s->connection ? tcp_settings(s->connection) : &s->settings; }

int inet_take_error(struct inet_socket *s) {
    if (s->kind == SOCKET_STREAM) return s->connection ? tcp_error(s->connection, false) : 0;
    int error = s->udp.error;
    s->udp.error = 0;
    return error;
}

static uint32_t within(int32_t value, uint32_t low, uint32_t high) {
    // As Linux does, for what the kernel itself needs of it.
    uint64_t doubled = value < 0 ? 0 : 2ull * (uint32_t)value;
    return doubled < low ? low : doubled > high ? high : (uint32_t)doubled;
}

static int set_timeout(uint64_t *timeout_ns, const void *value, uint32_t length) {
    struct moment m;
    if (length < sizeof m) return -EINVAL;
    memcpy(&m, value, sizeof m);
    if (m.microseconds < 0 || m.microseconds >= 1000000) return -EDOM;
    enum { LONGEST = 1 << 30 };
    *timeout_ns = m.seconds < 0 || m.seconds > LONGEST ? 0 : (uint64_t)m.seconds * 1000000000 + (uint64_t)m.microseconds * 1000;
    return 0;
}

static int set_linger(struct inet_socket *s, const void *value, uint32_t length) {
    int32_t linger[2];
    if (length < sizeof linger) return -EINVAL;
    memcpy(linger, value, sizeof linger);
    s->linger_s = linger[0] ? (linger[1] < 0 ? INT32_MAX : linger[1]) : -1;
    return 0;
}

static int set_socket_option(struct inet_socket *s, int option, int32_t n, const void *value, uint32_t length) {
    struct tcp_settings *t = settings_of(s);
    switch (option) {
    case OPTION_RECEIVE_TIMEOUT:
        return set_timeout(&s->receive_timeout_ns, value, length);
    case OPTION_SEND_TIMEOUT:
        return set_timeout(&s->send_timeout_ns, value, length);
    case OPTION_LINGER:
        return set_linger(s, value, length);
    case OPTION_REUSE_ADDRESS:
        s->shares_address = t->shares_address = n != 0;
        return 0;
    case OPTION_REUSE_PORT:
        s->shares_port = t->shares_port = n != 0;
        return 0;
    case OPTION_BROADCAST:
        s->may_broadcast = s->udp.may_broadcast = n != 0;
        return 0;
    case OPTION_KEEP_ALIVE:
        t->keep_alive = n != 0;
        if (s->connection) tcp_settings_changed(s->connection);
        return 0;
    case OPTION_SEND_BUFFER:
    case OPTION_SEND_BUFFER_FORCE:
        t->send_most = within(n, TCP_BUFFER_LEAST, TCP_BUFFER_MOST);
        return 0;
    case OPTION_RECEIVE_BUFFER:
    case OPTION_RECEIVE_BUFFER_FORCE:
        t->receive_most = s->udp.bytes_most = within(n, TCP_BUFFER_LEAST, TCP_BUFFER_MOST);
        return 0;
    case OPTION_TYPE:
    case OPTION_ERROR:
    case OPTION_ACCEPTS:
    case OPTION_PROTOCOL:
    case OPTION_FAMILY:
        return -ENOPROTOOPT;
    default:
        // Priorities, marks, timestamps and filters: nothing here depends on them.
        return 0;
    }
}

static int set_tcp_option(struct inet_socket *s, int option, int32_t n) {
    struct tcp_settings *t = settings_of(s);
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
        if (n < 1 || n > 32767) return -EINVAL;
        *(option == TCP_OPTION_IDLE ? &t->idle_s : &t->interval_s) = (uint32_t)n;
        if (s->connection) tcp_settings_changed(s->connection);
        return 0;
    case TCP_OPTION_PROBES:
        if (n < 1 || n > 127) return -EINVAL;
        t->probes = (uint32_t)n;
        return 0;
    case TCP_OPTION_DEFER:
        s->defer_s = n < 0 ? 0 : n;
        s->listener.defer_s = (uint32_t)s->defer_s;
        return 0;
    case TCP_OPTION_SEGMENT:
        if (n != 0 && (n < 88 || n > 32767)) return -EINVAL;
        t->segment_most = (uint32_t)n;
        return 0;
    case TCP_OPTION_USER_TIMEOUT:
        if (n < 0) return -EINVAL;
        t->user_timeout_ms = (uint32_t)n;
        return 0;
    case TCP_OPTION_SYN_COUNT:
    case TCP_OPTION_LINGER:
    case TCP_OPTION_CLAMP:
    case TCP_OPTION_QUICK_ACK:
    case TCP_OPTION_NOT_SENT:
        return 0;
    default:
        return -ENOPROTOOPT;
    }
}

static int set_ip_option(struct inet_socket *s, int option, int32_t n) {
    struct tcp_settings *t = settings_of(s);
    switch (option) {
    case IP_OPTION_TTL:
        if (n != -1 && (n < 1 || n > 255)) return -EINVAL;
        t->ttl = s->udp.ttl = n == -1 ? 0 : (uint8_t)n;
        return 0;
    case IP_OPTION_SERVICE:
        t->service = s->udp.service = (uint8_t)n;
        return 0;
    default:
        // Control messages about addresses and groups are not made; what is to everybody arrives without being joined.
        return option >= IP_OPTION_SERVICE && option <= IP_OPTION_GROUP_ALL ? 0 : -ENOPROTOOPT;
    }
}

int inet_set_option(struct file *file, int level, int option, const void *value, uint32_t length) {
    struct inet_socket *s = file->data;
    int32_t n = 0;
    int result;
    if (level == LEVEL_TCP && option == TCP_OPTION_CONGESTION) {
        return length >= 4 && memcmp(value, "reno", 4) == 0 ? 0 : -ENOENT;
    }
    // The options of IP may be one byte long.
    if (length < sizeof n && !(level == LEVEL_IP && length >= 1)) return -EINVAL;
    memcpy(&n, value, length < sizeof n ? 1 : sizeof n);
    network_begin();
    if (level == LEVEL_SOCKET) result = set_socket_option(s, option, n, value, length);
    else if (level == LEVEL_TCP && s->kind == SOCKET_STREAM) result = set_tcp_option(s, option, n);
    else if (level == LEVEL_IP) result = set_ip_option(s, option, n);
    else result = -ENOPROTOOPT;
    network_end();
    return result;
}

static void get_timeout(uint64_t timeout_ns, void *value, uint32_t *length) {
    const struct moment m = {(int64_t)(timeout_ns / 1000000000), (int64_t)(timeout_ns % 1000000000 / 1000)};
    memcpy(value, &m, sizeof m);
    *length = sizeof m;
}

static int get_socket_option(struct inet_socket *s, int option, void *value, uint32_t *length) {
    const struct tcp_settings *t = settings_of(s);
    int32_t *n = value;
    *length = sizeof *n;
    switch (option) {
    case OPTION_RECEIVE_TIMEOUT:
        get_timeout(s->receive_timeout_ns, value, length);
        return 0;
    case OPTION_SEND_TIMEOUT:
        get_timeout(s->send_timeout_ns, value, length);
        return 0;
    case OPTION_LINGER:
        n[0] = s->linger_s >= 0;
        n[1] = s->linger_s >= 0 ? s->linger_s : 0;
        *length = 2 * sizeof *n;
        return 0;
    case OPTION_TYPE:
        *n = s->kind;
        return 0;
    case OPTION_ERROR:
        *n = inet_take_error(s);
        return 0;
    case OPTION_REUSE_ADDRESS:
        *n = s->shares_address;
        return 0;
    case OPTION_REUSE_PORT:
        *n = s->shares_port;
        return 0;
    case OPTION_BROADCAST:
        *n = s->may_broadcast;
        return 0;
    case OPTION_KEEP_ALIVE:
        *n = t->keep_alive;
        return 0;
    case OPTION_SEND_BUFFER:
        *n = (int32_t)t->send_most;
        return 0;
    case OPTION_RECEIVE_BUFFER:
        *n = (int32_t)(s->kind == SOCKET_STREAM ? t->receive_most : s->udp.bytes_most);
        return 0;
    case OPTION_ACCEPTS:
        *n = s->is_listening;
        return 0;
    case OPTION_PROTOCOL:
        *n = s->kind == SOCKET_STREAM ? 6 : 17;
        return 0;
    case OPTION_FAMILY:
        *n = FAMILY_INET;
        return 0;
    default:
        *n = 0;
        return option == OPTION_DONT_ROUTE || option == OPTION_PRIORITY ? 0 : -ENOPROTOOPT;
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

static int get_tcp_option(struct inet_socket *s, int option, void *value, uint32_t *length) {
    const struct tcp_settings *t = settings_of(s);
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
    case TCP_OPTION_NO_DELAY:
        *n = t->no_delay;
        return 0;
    case TCP_OPTION_CORK:
        *n = t->corked;
        return 0;
    case TCP_OPTION_SEGMENT:
        if (s->connection) tcp_figures(s->connection, &f);
        *n = s->connection ? (int32_t)f.mss : t->segment_most ? (int32_t)t->segment_most : 536;
        return 0;
    case TCP_OPTION_IDLE:
        *n = (int32_t)t->idle_s;
        return 0;
    case TCP_OPTION_INTERVAL:
        *n = (int32_t)t->interval_s;
        return 0;
    case TCP_OPTION_PROBES:
        *n = (int32_t)t->probes;
        return 0;
    case TCP_OPTION_DEFER:
        *n = s->defer_s;
        return 0;
    case TCP_OPTION_USER_TIMEOUT:
        *n = (int32_t)t->user_timeout_ms;
        return 0;
    case TCP_OPTION_QUICK_ACK:
        *n = 0;
        return 0;
    default:
        return -ENOPROTOOPT;
    }
}

static int get_ip_option(struct inet_socket *s, int option, void *value, uint32_t *length) {
    enum { USUAL_TTL = 64 };
    const struct tcp_settings *t = settings_of(s);
    int32_t *n = value;
    *length = sizeof *n;
    *n = option == IP_OPTION_SERVICE ? t->service : 0;
    if (option == IP_OPTION_TTL) *n = t->ttl ? t->ttl : USUAL_TTL;
    return option >= IP_OPTION_SERVICE && option <= IP_OPTION_GROUP_ALL ? 0 : -ENOPROTOOPT;
}

int inet_get_option(struct file *file, int level, int option, void *value, uint32_t *length) {
    struct inet_socket *s = file->data;
    network_begin();
    if (level == LEVEL_SOCKET) return get_socket_option(s, option, value, length);
    if (level == LEVEL_TCP && s->kind == SOCKET_STREAM) return get_tcp_option(s, option, value, length);
    return level == LEVEL_IP ? get_ip_option(s, option, value, length) : -ENOPROTOOPT;
}
