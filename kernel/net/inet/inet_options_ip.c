// Options of the level IPPROTO_IP.

#include "lib/errno.h"
#include "net/inet/inet_socket.h"

enum ip_option {
    IP_OPTION_SERVICE = 1,
    IP_OPTION_TTL = 2,
    IP_OPTION_MTU_DISCOVER = 10,
    IP_OPTION_MTU = 14,
    IP_OPTION_GROUP_INTERFACE = 32,
    IP_OPTION_GROUP_TTL = 33,
    IP_OPTION_JOIN = 35,
    IP_OPTION_LEAVE = 36,
    IP_OPTION_LAST = 49,
};
/// Values of IP_MTU_DISCOVER.
enum { CUT_WHERE_NEEDED = 1, NEVER_CUT = 2, NEVER_CUT_BUT_PROBE = 3, DISCOVER_MOST = 5 };

int inet_set_ip_option(struct inet_socket *s, int option, int32_t n) {
    struct tcp_settings *t = inet_settings(s);
    switch (option) {
    case IP_OPTION_TTL:
        if (n != -1 && (n < 1 || n > 255)) return -EINVAL;
        t->ttl = s->udp.ttl = n == -1 ? 0 : (uint8_t)n;
        return 0;
    case IP_OPTION_SERVICE: t->service = s->udp.service = (uint8_t)n; return 0;
    case IP_OPTION_MTU_DISCOVER:
        if (n < 0 || n > DISCOVER_MOST) return -EINVAL;
        s->mtu_discovery = (uint8_t)n;
        s->udp.is_never_cut = n == NEVER_CUT || n == NEVER_CUT_BUT_PROBE;
        return 0;
    default:
        // Groups: what is for one arrives without being joined.
        return option >= IP_OPTION_SERVICE && option <= IP_OPTION_LAST ? 0 : -ENOPROTOOPT;
    }
}

static int32_t mtu_towards_peer(const struct inet_socket *s) {
    struct socket_address peer;
    struct route r;
    uint32_t to;
    uint16_t port;
    if (inet_peer(s, &peer) != 0 || inet_address_get(&peer, &to, &port) != 0) return -ENOTCONN;
    return route_find(s->udp.stack, to, 0, &r) ? (int32_t)r.interface->mtu : -ENOTCONN;
}

int inet_get_ip_option(struct inet_socket *s, int option, void *value, uint32_t *length) {
    enum { USUAL_TTL = 64 };
    const struct tcp_settings *t = inet_settings(s);
    int32_t n = 0;
    if (option == IP_OPTION_TTL) n = t->ttl ? t->ttl : USUAL_TTL;
    else if (option == IP_OPTION_SERVICE) n = t->service;
    else if (option == IP_OPTION_MTU_DISCOVER) n = s->mtu_discovery;
    else if (option == IP_OPTION_GROUP_TTL) n = 1;
    else if (option == IP_OPTION_MTU) n = mtu_towards_peer(s);
    if (n < 0) return n;
    if (option < IP_OPTION_SERVICE || option > IP_OPTION_LAST) return -ENOPROTOOPT;
    *(int32_t *)value = n;
    // Who has room for one byte gets one.
    *length = *length > 0 && *length < sizeof n ? 1 : sizeof n;
    return 0;
}
