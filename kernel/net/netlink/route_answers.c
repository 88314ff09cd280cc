// Answers to rtnetlink's questions: links, addresses, routes. What is to be changed is refused.

#include "net/netlink/route_answers.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/stack/wire.h"

enum message {
    MESSAGE_ERROR = 2,
    MESSAGE_DONE = 3,
    NEW_LINK = 16,
    GET_LINK = 18,
    NEW_ADDRESS = 20,
    GET_ADDRESS = 22,
    NEW_ROUTE = 24,
    GET_ROUTE = 26,
    GET_NEIGHBOUR = 30,
    GET_RULE = 34,
    GET_QDISC = 38,
    GET_CLASS = 42,
    GET_FILTER = 46
};
enum { FLAG_ONE_OF_MANY = 2, FLAG_DUMP = 0x300, FAMILY_INET = 2 };
enum {
    LINK_ADDRESS = 1,
    LINK_BROADCAST = 2,
    LINK_NAME = 3,
    LINK_MTU = 4,
    LINK_QDISC = 6,
    LINK_STATS = 7,
    LINK_QUEUE = 13,
    LINK_MAP = 14,
    LINK_STATE = 16,
    LINK_MODE = 17,
    LINK_STATS64 = 23,
    LINK_SPEC = 26,
    LINK_GROUP = 27,
    LINK_PROMISCUITY = 30,
    LINK_SEND_QUEUES = 31,
    LINK_RECEIVE_QUEUES = 32,
    LINK_CARRIER = 33,
    LINK_CARRIER_CHANGES = 35,
    LINK_DOWN = 39,
    LINK_GSO_SEGMENTS = 40,
    LINK_GSO_SIZE = 41,
    LINK_XDP = 43,
    LINK_UP_COUNT = 47,
    LINK_DOWN_COUNT = 48,
    LINK_LEAST_MTU = 50,
    LINK_MOST_MTU = 51,
    LINK_GRO_SIZE = 58,
    LINK_ALL_MULTICAST = 61
};
enum {
    ADDRESS_ADDRESS = 1,
    ADDRESS_LOCAL = 2,
    ADDRESS_LABEL = 3,
    ADDRESS_BROADCAST = 4,
    ADDRESS_CACHE = 6,
    ADDRESS_FLAGS = 8
};
enum { ROUTE_TO = 1, ROUTE_INTERFACE = 4, ROUTE_GATEWAY = 5, ROUTE_SOURCE = 7, ROUTE_TABLE = 15 };
enum { UP = 1, BROADCASTS = 2, LOOPBACK = 8, RUNNING = 0x40, MULTICASTS = 0x1000, LOWER_UP = 0x10000 };
enum { HARDWARE_ETHERNET = 1, HARDWARE_LOOPBACK = 772, STATE_UNKNOWN = 0, STATE_UP = 6, QUEUE = 1000 };
enum {
    SCOPE_EVERYWHERE = 0,
    SCOPE_LINK = 253,
    SCOPE_HOST = 254,
    TABLE_MAIN = 254,
    BY_KERNEL = 2,
    BY_BOOT = 3,
    UNICAST = 1
};

/// As struct nlmsghdr.
struct header {
    uint32_t length;
    uint16_t type, flags;
    uint32_t sequence, port;
};
/// As struct ifinfomsg, ifaddrmsg and rtmsg.
struct link {
    uint8_t family, padding;
    uint16_t hardware;
    int32_t index;
    uint32_t flags, change;
};
struct address {
    uint8_t family, prefix, flags, scope;
    uint32_t index;
};
struct routing {
    uint8_t family, to_bits, from_bits, service, table, protocol, scope, type;
    uint32_t flags;
};

/// What is written: messages one behind the other.
struct answer {
    struct packet *p;
    struct header *message; // that is being written
    const struct header *request;
    uint32_t port;
};

static void *put(struct answer *a, const void *bytes, uint32_t n) {
    uint32_t whole = (n + 3) & ~3u;
    if (a->p->length + whole > NETLINK_ANSWER_MOST) return NULL;
    uint8_t *at = a->p->data + a->p->length;
    memset(at, 0, whole);
    memcpy(at, bytes, n);
    a->p->length += whole;
    return at;
}

static void begin(struct answer *a, uint16_t type, uint16_t flags, const void *body, uint32_t n) {
    const struct header h = {.type = type, .flags = flags, .sequence = a->request->sequence, .port = a->port};
    a->message = put(a, &h, sizeof h);
    put(a, body, n);
}

static void end(struct answer *a) {
    if (a->message) a->message->length = (uint32_t)(a->p->data + a->p->length - (uint8_t *)a->message);
}

enum { ATTRIBUTE_MOST = 200 };

static void attribute(struct answer *a, uint16_t kind, const void *bytes, uint16_t n) {
    uint8_t both[4 + ATTRIBUTE_MOST];
    const uint16_t start[2] = {(uint16_t)(4 + n), kind};
    memcpy(both, start, sizeof start);
    memcpy(both + 4, bytes, n);
    put(a, both, 4u + n);
}

static void number(struct answer *a, uint16_t kind, uint32_t n) { attribute(a, kind, &n, sizeof n); }

static void ip(struct answer *a, uint16_t kind, uint32_t address) {
    uint8_t bytes[4];
    wire_put32(bytes, address);
    attribute(a, kind, bytes, sizeof bytes);
}

static void name(struct answer *a, uint16_t kind, const struct interface *i) {
    attribute(a, kind, i->name, (uint16_t)(strnlen(i->name, INTERFACE_NAME) + 1));
}

/// What a card has counted, as 64 bits each and as 32: what is not counted is zero.
static void tell_counters(struct answer *a, const struct interface *i) {
    enum {
        RECEIVED_PACKETS,
        SENT_PACKETS,
        RECEIVED_BYTES,
        SENT_BYTES,
        SENT_DROPPED = 7,
        COUNTERS = 25,
        COUNTERS_32 = 24
    };
    uint64_t all[COUNTERS] = {0};
    uint32_t narrow[COUNTERS_32];
    all[RECEIVED_PACKETS] = i->received_packets;
    all[SENT_PACKETS] = i->sent_packets;
    all[RECEIVED_BYTES] = i->received_bytes;
    all[SENT_BYTES] = i->sent_bytes;
    all[SENT_DROPPED] = i->dropped;
    for (unsigned n = 0; n < COUNTERS_32; n++) narrow[n] = (uint32_t)all[n];
    attribute(a, LINK_STATS64, all, sizeof all);
    attribute(a, LINK_STATS, narrow, sizeof narrow);
}

static void tell_link(struct answer *a, const struct interface *i, uint16_t flags) {
    static const uint8_t everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, none[6];
    const struct link l = {.hardware = i->is_loopback ? HARDWARE_LOOPBACK : HARDWARE_ETHERNET,
                           .index = (int32_t)i->index,
                           .flags = UP | RUNNING | LOWER_UP | (i->is_loopback ? LOOPBACK : BROADCASTS | MULTICASTS)};
    const uint8_t state = i->is_loopback ? STATE_UNKNOWN : STATE_UP;
    begin(a, NEW_LINK, flags, &l, sizeof l);
    name(a, LINK_NAME, i);
    number(a, LINK_QUEUE, QUEUE);
    attribute(a, LINK_STATE, &state, sizeof state);
    number(a, LINK_MTU, i->mtu);
    static const struct {
        uint16_t kind;
        uint32_t value;
    } same[] = {{LINK_LEAST_MTU, 0},        {LINK_MOST_MTU, 0},        {LINK_GROUP, 0},
                {LINK_PROMISCUITY, 0},      {LINK_ALL_MULTICAST, 0},   {LINK_SEND_QUEUES, 1},
                {LINK_GSO_SEGMENTS, 65535}, {LINK_GSO_SIZE, 65536},    {LINK_GRO_SIZE, 65536},
                {LINK_RECEIVE_QUEUES, 1},   {LINK_CARRIER_CHANGES, 0}, {LINK_UP_COUNT, 0},
                {LINK_DOWN_COUNT, 0}};
    static const uint8_t map[32], not_attached[8] = {5, 0, 2};
    static const uint8_t one = 1, zero = 0;
    for (size_t n = 0; n < sizeof same / sizeof *same; n++) number(a, same[n].kind, same[n].value);
    attribute(a, LINK_MODE, &zero, sizeof zero);
    attribute(a, LINK_CARRIER, &one, sizeof one);
    attribute(a, LINK_DOWN, &zero, sizeof zero);
    attribute(a, LINK_MAP, map, sizeof map);
    attribute(a, LINK_XDP, not_attached, sizeof not_attached);
    attribute(a, LINK_SPEC, map, 0);
    attribute(a, LINK_QDISC, i->is_loopback ? "noqueue" : "pfifo_fast", i->is_loopback ? 8 : 11);
    tell_counters(a, i);
    attribute(a, LINK_ADDRESS, i->mac, sizeof i->mac);
    attribute(a, LINK_BROADCAST, i->is_loopback ? none : everybody, sizeof everybody);
    end(a);
}

/// Of a mask, whose ones come first.
static uint8_t bits_of(uint32_t mask) { return mask == UINT32_MAX ? 32 : (uint8_t)__builtin_clz(~mask); }

static void tell_address(struct answer *a, const struct interface *i, uint16_t flags) {
    const struct address m = {FAMILY_INET, bits_of(i->mask), 0x80, i->is_loopback ? SCOPE_HOST : SCOPE_EVERYWHERE,
                              i->index};
    if (!i->address) return;
    begin(a, NEW_ADDRESS, flags, &m, sizeof m);
    ip(a, ADDRESS_ADDRESS, i->address);
    ip(a, ADDRESS_LOCAL, i->address);
    if (!i->is_loopback) ip(a, ADDRESS_BROADCAST, i->address | ~i->mask);
    name(a, ADDRESS_LABEL, i);
    number(a, ADDRESS_FLAGS, 0x80);
    static const uint32_t for_ever[4] = {UINT32_MAX, UINT32_MAX, 0, 0};
    attribute(a, ADDRESS_CACHE, for_ever, sizeof for_ever);
    end(a);
}

static void tell_routes(struct answer *a, const struct interface *i, uint16_t flags) {
    if (!i->address || i->is_loopback) return;
    const struct routing near = {.family = FAMILY_INET,
                                 .to_bits = bits_of(i->mask),
                                 .table = TABLE_MAIN,
                                 .protocol = BY_KERNEL,
                                 .scope = SCOPE_LINK,
                                 .type = UNICAST};
    const struct routing all = {
        .family = FAMILY_INET, .table = TABLE_MAIN, .protocol = BY_BOOT, .scope = SCOPE_EVERYWHERE, .type = UNICAST};
    if (i->gateway) {
        begin(a, NEW_ROUTE, flags, &all, sizeof all);
        number(a, ROUTE_TABLE, TABLE_MAIN);
        ip(a, ROUTE_GATEWAY, i->gateway);
        number(a, ROUTE_INTERFACE, i->index);
        end(a);
    }
    begin(a, NEW_ROUTE, flags, &near, sizeof near);
    number(a, ROUTE_TABLE, TABLE_MAIN);
    ip(a, ROUTE_TO, i->address & i->mask);
    ip(a, ROUTE_SOURCE, i->address);
    number(a, ROUTE_INTERFACE, i->index);
    end(a);
}

static void refuse(struct answer *a, int error) {
    struct {
        int32_t error;
        struct header request;
    } body = {-error, *a->request};
    begin(a, MESSAGE_ERROR, 0, &body, sizeof body);
    end(a);
}

/// One link, asked for by its index or its name.
static void tell_one_link(struct answer *a, const struct net_stack *s, const uint8_t *body, uint32_t n) {
    struct link wanted = {0};
    memcpy(&wanted, body, n < sizeof wanted ? n : sizeof wanted);
    const char *called = NULL;
    if (n >= sizeof wanted + 4 && body[sizeof wanted + 2] == LINK_NAME) called = (const char *)body + sizeof wanted + 4;
    for (unsigned k = 0; k < s->interface_count; k++) {
        const struct interface *i = &s->interfaces[k];
        bool has_name = called && strncmp(called, i->name, n - sizeof wanted - 4) == 0;
        if ((int32_t)i->index == wanted.index || has_name) {
            tell_link(a, i, 0);
            return;
        }
    }
    refuse(a, ENODEV);
}

/// What there is none of here, to be listed: the list is empty. A failure would end a program that lists them on Linux.
static bool is_known_empty(uint16_t type) {
    return type == GET_NEIGHBOUR || type == GET_RULE || type == GET_QDISC || type == GET_CLASS || type == GET_FILTER;
}

struct packet *route_answer(struct net_stack *s, const uint8_t *request, uint32_t length, uint32_t port) {
    struct header h;
    const int32_t nothing = 0;
    memcpy(&h, request, sizeof h);
    struct packet *p = packet_make(NETLINK_ANSWER_MOST);
    struct answer a = {.p = p, .request = &h, .port = port};
    if (!p) return NULL;
    bool is_dump = (h.flags & FLAG_DUMP) != 0;
    if (h.type == GET_LINK && !is_dump) {
        tell_one_link(&a, s, request + NETLINK_HEADER, length - NETLINK_HEADER);
        return p;
    }
    bool has_any = h.type == GET_LINK || h.type == GET_ADDRESS || h.type == GET_ROUTE;
    if (!is_dump || !(has_any || is_known_empty(h.type))) {
        refuse(&a, EOPNOTSUPP);
        return p;
    }
    for (unsigned k = 0; has_any && k < s->interface_count; k++) {
        const struct interface *i = &s->interfaces[k];
        if (h.type == GET_LINK) tell_link(&a, i, FLAG_ONE_OF_MANY);
        else if (h.type == GET_ADDRESS) tell_address(&a, i, FLAG_ONE_OF_MANY);
        else tell_routes(&a, i, FLAG_ONE_OF_MANY);
    }
    begin(&a, MESSAGE_DONE, FLAG_ONE_OF_MANY, &nothing, sizeof nothing);
    end(&a);
    return p;
}
