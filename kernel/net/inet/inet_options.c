// Options of the level SOL_SOCKET, and which file has those of the others.

#include "lib/errno.h"
#include "lib/string.h"
#include "net/inet/inet_socket.h"

/// As Linux has them, and with them its programs.
enum { SEND_LEAST = 4608, RECEIVE_LEAST = 2304, OPTION_LAST = 80, TCP_OPTION_CONGESTION = 13 };
enum {
    IP_OPTION_PACKET_INFO = 8,
    IP_OPTION_ERRORS = 11,
    IP_OPTION_RECEIVE_TTL = 12,
    IP_OPTION_RECEIVE_SERVICE = 13,
    IP_OPTION_FREE_BIND = 15,
    IP_OPTION_NO_PORT = 24,
    IP_OPTION_GROUP_LOOP = 34,
    IP_OPTION_GROUP_ALL = 49,
};

/// As struct timeval.
struct moment {
    int64_t seconds, microseconds;
};

/// What is on or off.
static const struct {
    int level, option;
    uint32_t flag;
} flags[] = {
    {LEVEL_SOCKET, OPTION_DONT_ROUTE, INET_DOES_NOT_ROUTE}, {LEVEL_SOCKET, OPTION_INLINE, INET_INLINE},
    {LEVEL_SOCKET, OPTION_NO_CHECK, INET_NO_CHECK},         {LEVEL_SOCKET, OPTION_TIMESTAMP, INET_TELLS_TIME},
    {LEVEL_IP, IP_OPTION_PACKET_INFO, INET_TELLS_ADDRESS},  {LEVEL_IP, IP_OPTION_ERRORS, INET_QUEUES_ERRORS},
    {LEVEL_IP, IP_OPTION_RECEIVE_TTL, INET_TELLS_TTL},      {LEVEL_IP, IP_OPTION_RECEIVE_SERVICE, INET_TELLS_SERVICE},
    {LEVEL_IP, IP_OPTION_FREE_BIND, INET_BINDS_FREELY},     {LEVEL_IP, IP_OPTION_NO_PORT, INET_PORT_LATER},
    {LEVEL_IP, IP_OPTION_GROUP_LOOP, INET_GROUP_LOOP},      {LEVEL_IP, IP_OPTION_GROUP_ALL, INET_GROUP_ALL},
};

static uint32_t flag_of(int level, int option) {
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (flags[i].level == level && flags[i].option == option) return flags[i].flag;
    }
    return 0;
}

struct tcp_settings *inet_settings(struct inet_socket *s) {
    return s->connection ? tcp_settings(s->connection) : &s->settings;
}

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
    *timeout_ns =
        m.seconds < 0 || m.seconds > LONGEST ? 0 : (uint64_t)m.seconds * 1000000000 + (uint64_t)m.microseconds * 1000;
    return 0;
}

static int set_linger(struct inet_socket *s, const void *value, uint32_t length) {
    int32_t linger[2];
    if (length < sizeof linger) return -EINVAL;
    memcpy(linger, value, sizeof linger);
    s->lingers = linger[0] != 0;
    if (s->lingers) s->linger_s = linger[1] < 0 ? INT32_MAX : linger[1];
    return 0;
}

static int set_socket_option(struct inet_socket *s, int option, int32_t n, const void *value, uint32_t length) {
    struct tcp_settings *t = inet_settings(s);
    switch (option) {
    case OPTION_RECEIVE_TIMEOUT: return set_timeout(&s->receive_timeout_ns, value, length);
    case OPTION_SEND_TIMEOUT: return set_timeout(&s->send_timeout_ns, value, length);
    case OPTION_LINGER: return set_linger(s, value, length);
    case OPTION_REUSE_ADDRESS: s->shares_address = t->shares_address = s->udp.shares_address = n != 0; return 0;
    case OPTION_REUSE_PORT: s->shares_port = t->shares_port = s->udp.shares_port = n != 0; return 0;
    case OPTION_BROADCAST: s->may_broadcast = s->udp.may_broadcast = n != 0; return 0;
    case OPTION_KEEP_ALIVE:
        t->keep_alive = n != 0;
        if (s->connection) tcp_settings_changed(s->connection);
        return 0;
    case OPTION_SEND_BUFFER:
    case OPTION_SEND_BUFFER_FORCE: t->send_most = within(n, SEND_LEAST, TCP_BUFFER_MOST); return 0;
    case OPTION_RECEIVE_BUFFER:
    case OPTION_RECEIVE_BUFFER_FORCE:
        t->receive_most = s->udp.bytes_most = within(n, RECEIVE_LEAST, TCP_BUFFER_MOST);
        return 0;
    case OPTION_PRIORITY: s->priority = n; return 0;
    case OPTION_MARK: s->mark = n; return 0;
    case OPTION_LEAST_TO_READ: s->least_to_read = n < 0 ? INT32_MAX : n == 0 ? 1 : (uint32_t)n; return 0;
    case OPTION_LEAST_TO_SEND:
    case OPTION_ZERO_COPY:
    case OPTION_TYPE:
    case OPTION_ERROR:
    case OPTION_ACCEPTS:
    case OPTION_PROTOCOL:
    case OPTION_FAMILY: return -ENOPROTOOPT;
    default:
        // Devices, filters, pacing and polling: nothing here depends on them.
        return option > 0 && option <= OPTION_LAST ? 0 : -ENOPROTOOPT;
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
    uint32_t flag = flag_of(level, option);
    if (flag) {
        s->flags = n ? s->flags | flag : s->flags & ~flag;
        return 0;
    }
    network_begin();
    if (level == LEVEL_SOCKET) result = set_socket_option(s, option, n, value, length);
    else if (level == LEVEL_TCP && s->kind == SOCKET_STREAM) result = inet_set_tcp_option(s, option, n);
    else if (level == LEVEL_IP) result = inet_set_ip_option(s, option, n);
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
    const struct tcp_settings *t = inet_settings(s);
    int32_t *n = value;
    *length = sizeof *n;
    switch (option) {
    case OPTION_RECEIVE_TIMEOUT: get_timeout(s->receive_timeout_ns, value, length); return 0;
    case OPTION_SEND_TIMEOUT: get_timeout(s->send_timeout_ns, value, length); return 0;
    case OPTION_LINGER:
        n[0] = s->lingers;
        n[1] = s->linger_s;
        *length = 2 * sizeof *n;
        return 0;
    case OPTION_TYPE: *n = s->kind; return 0;
    case OPTION_ERROR: *n = inet_take_error(s); return 0;
    case OPTION_REUSE_ADDRESS: *n = s->shares_address; return 0;
    case OPTION_REUSE_PORT: *n = s->shares_port; return 0;
    case OPTION_BROADCAST: *n = s->may_broadcast; return 0;
    case OPTION_KEEP_ALIVE: *n = t->keep_alive; return 0;
    case OPTION_SEND_BUFFER: *n = (int32_t)t->send_most; return 0;
    case OPTION_RECEIVE_BUFFER:
        *n = (int32_t)(s->kind == SOCKET_STREAM ? t->receive_most : s->udp.bytes_most);
        return 0;
    case OPTION_ACCEPTS: *n = s->is_listening; return 0;
    case OPTION_PROTOCOL: *n = s->kind == SOCKET_STREAM ? 6 : 17; return 0;
    case OPTION_FAMILY: *n = FAMILY_INET; return 0;
    case OPTION_PRIORITY: *n = s->priority; return 0;
    case OPTION_MARK: *n = s->mark; return 0;
    case OPTION_LEAST_TO_READ: *n = (int32_t)s->least_to_read; return 0;
    case OPTION_LEAST_TO_SEND: *n = 1; return 0;
    default: return -ENOPROTOOPT;
    }
}

int inet_get_option(struct file *file, int level, int option, void *value, uint32_t *length) {
    struct inet_socket *s = file->data;
    uint32_t flag = flag_of(level, option);
    if (flag) {
        *(int32_t *)value = (s->flags & flag) != 0;
        *length = level == LEVEL_IP && *length > 0 && *length < sizeof(int32_t) ? 1 : sizeof(int32_t);
        return 0;
    }
    network_begin();
    if (level == LEVEL_SOCKET) return get_socket_option(s, option, value, length);
    if (level == LEVEL_TCP && s->kind == SOCKET_STREAM) return inet_get_tcp_option(s, option, value, length);
    return level == LEVEL_IP ? inet_get_ip_option(s, option, value, length) : -EOPNOTSUPP;
}
