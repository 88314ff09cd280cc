// DHCP client. It asks, requests what it was offered first, and holds that; at half of the lease's time it asks the
// server that gave it for more, at seven eighths everybody (RFC 2131, 4.4.5). What it is not given in time it no longer
// has.

#include "net/stack/dhcp.h"
#include "lib/string.h"
#include "net/stack/arp.h"
#include "net/stack/checksum.h"
#include "net/stack/ipv4.h"
#include "net/stack/udp.h"

enum { CLIENT_PORT = 68, SERVER_PORT = 67, FIXED = 236, OPTIONS_AT = 240, MESSAGE = 300 };
enum { COOKIE = 0x63825363, ASK = 1, ANSWER = 2 };
enum { DISCOVER = 1, OFFER = 2, REQUEST = 3, ACK = 5, NAK = 6 };
enum option {
    OPTION_PAD = 0,
    OPTION_MASK = 1,
    OPTION_ROUTER = 3,
    OPTION_NAME_SERVERS = 6,
    OPTION_DOMAIN = 15,
    OPTION_MTU = 26,
    OPTION_REQUESTED = 50,
    OPTION_LEASE = 51,
    OPTION_TYPE = 53,
    OPTION_SERVER = 54,
    OPTION_WISHES = 55,
    OPTION_RENEW = 58,
    OPTION_REBIND = 59,
    OPTION_CLIENT = 61,
    OPTION_END = 255,
};
#define SECOND 1000000000ull

/// What an answer says.
struct answer {
    uint8_t type;
    uint32_t address, mask, router, server, lease, renew, rebind, mtu;
    uint32_t name_servers[DHCP_NAME_SERVERS];
    const uint8_t *domain; // in the message
    uint8_t domain_length;
};

static struct interface *interface_of(struct stack_timer *t) {
    return container_of(container_of(t, struct dhcp_client, timer), struct interface, dhcp);
}

static uint8_t *put_option(uint8_t *at, uint8_t option, const void *bytes, uint8_t n) {
    *at++ = option;
    *at++ = n;
    memcpy(at, bytes, n);
    return at + n;
}

static uint8_t *put_address(uint8_t *at, uint8_t option, uint32_t address) {
    uint8_t bytes[4];
    wire_put32(bytes, address);
    return put_option(at, option, bytes, sizeof bytes);
}

static void send(struct interface *i, uint8_t type) {
    static const uint8_t wishes[] = {OPTION_MASK, OPTION_ROUTER, OPTION_NAME_SERVERS, OPTION_DOMAIN,
                                     OPTION_MTU,  OPTION_LEASE,  OPTION_RENEW,        OPTION_REBIND};
    const struct dhcp_client *d = &i->dhcp;
    struct packet *p = packet_make(MESSAGE);
    if (!p) return;
    bool has_address = d->phase == DHCP_RENEWING || d->phase == DHCP_REBINDING;
    uint8_t *m = p->data, *at = m + OPTIONS_AT, client[7] = {1};
    memset(m, 0, MESSAGE);
    m[0] = ASK;
    m[1] = 1;
    m[2] = 6;
    wire_put32(m + 4, d->transaction);
    uint64_t waited = (i->stack->now_ns - d->begun_ns) / SECOND;
    wire_put16(m + 8, waited < UINT16_MAX ? (uint16_t)waited : UINT16_MAX);
    if (has_address) wire_put32(m + 12, i->address);
    memcpy(m + 28, i->mac, 6);
    wire_put32(m + FIXED, COOKIE);
    at = put_option(at, OPTION_TYPE, &type, 1);
    memcpy(client + 1, i->mac, 6);
    at = put_option(at, OPTION_CLIENT, client, sizeof client);
    if (type == REQUEST && !has_address) {
        at = put_address(at, OPTION_REQUESTED, d->offered);
        at = put_address(at, OPTION_SERVER, d->server);
    }
    at = put_option(at, OPTION_WISHES, wishes, sizeof wishes);
    *at = OPTION_END;
    p->length = MESSAGE;
    uint8_t *h = packet_push(p, UDP_HEADER);
    wire_put16(h, CLIENT_PORT);
    wire_put16(h + 2, SERVER_PORT);
    wire_put16(h + 4, (uint16_t)p->length);
    wire_put16(h + 6, 0);
    uint32_t from = has_address ? i->address : 0, to = d->phase == DHCP_RENEWING ? d->server : UINT32_MAX;
    uint16_t sum =
        checksum_finish(checksum_add(checksum_pseudo(from, to, PROTOCOL_UDP, p->length), p->data, p->length));
    wire_put16(h + 6, sum ? sum : 0xffff);
    const struct ipv4_options o = {.protocol = PROTOCOL_UDP, .may_be_cut = true};
    bool is_near = ((to ^ i->address) & i->mask) == 0 || to == UINT32_MAX;
    struct route r = {i, is_near || !i->gateway ? to : i->gateway, from};
    ipv4_send(i->stack, &r, from, to, &o, p);
}

static void act(struct net_stack *s, struct stack_timer *t);

/// Asks, and arms the timer to ask again: after 1/8, 1/4, 1/2, 1, 2 … 64 seconds, each an eighth off at most. RFC 2131
/// starts at 4 s for Ethernets of 1997; a virtual machine's link is often up some milliseconds after its first packet.
static void try(struct interface *i, uint8_t type) {
    struct dhcp_client *d = &i->dhcp;
    uint64_t wait = SECOND / 8 << (d->tries < 9 ? d->tries : 9);
    wait += stack_random(i->stack) % (wait / 4) - wait / 8;
    d->tries++;
    send(i, type);
    stack_arm(i->stack, &d->timer, i->stack->now_ns + wait, act);
}

static void ask(struct interface *i) {
    struct dhcp_client *d = &i->dhcp;
    if (d->phase != DHCP_ASKING) d->tries = 0;
    d->phase = DHCP_ASKING;
    d->transaction = stack_random(i->stack);
    try(i, DISCOVER);
}

/// Within a lease: half of what is left until the next step, but not less than a minute (4.4.5).
static void ask_again(struct interface *i, uint64_t until) {
    uint64_t now = i->stack->now_ns, left = until > now ? until - now : 0;
    send(i, REQUEST);
    uint64_t wait = left / 2 > 60 * SECOND ? left / 2 : 60 * SECOND;
    stack_arm(i->stack, &i->dhcp.timer, now + (wait < left ? wait : left), act);
}

static void act(struct net_stack *s, struct stack_timer *t) {
    enum { REQUESTS_MOST = 7 };
    struct interface *i = interface_of(t);
    struct dhcp_client *d = &i->dhcp;
    if (d->phase >= DHCP_BOUND && s->now_ns >= d->end_ns) {
        interface_configure(i, 0, 0, 0);
        ask(i);
    } else if (d->phase >= DHCP_BOUND && s->now_ns >= d->rebind_ns) {
        d->phase = DHCP_REBINDING;
        ask_again(i, d->end_ns);
    } else if (d->phase >= DHCP_BOUND && s->now_ns >= d->renew_ns) {
        if (d->phase == DHCP_BOUND) {
            d->transaction = stack_random(s);
            d->begun_ns = s->now_ns;
        }
        d->phase = DHCP_RENEWING;
        ask_again(i, d->rebind_ns);
    } else if (d->phase >= DHCP_BOUND) {
        stack_arm(s, &d->timer, d->renew_ns, act);
    } else if (d->phase == DHCP_REQUESTING && d->tries < REQUESTS_MOST) {
        try(i, REQUEST);
    } else {
        ask(i);
    }
}

void dhcp_start(struct interface *i) {
    i->dhcp = (struct dhcp_client){.begun_ns = i->stack->now_ns};
    ask(i);
}

/// The options of a message. False if they are not well formed.
static bool read_options(const uint8_t *at, const uint8_t *end, struct answer *a) {
    while (at < end && *at != OPTION_END) {
        uint8_t option = *at++;
        if (option == OPTION_PAD) continue;
        if (at == end || *at > end - at - 1) return false;
        uint8_t n = *at++;
        uint32_t word = n >= 4 ? wire_get32(at) : 0;
        if (option == OPTION_TYPE && n == 1) a->type = *at;
        else if (option == OPTION_MASK) a->mask = word;
        else if (option == OPTION_ROUTER) a->router = word;
        else if (option == OPTION_SERVER) a->server = word;
        else if (option == OPTION_LEASE) a->lease = word;
        else if (option == OPTION_RENEW) a->renew = word;
        else if (option == OPTION_REBIND) a->rebind = word;
        else if (option == OPTION_MTU && n == 2) a->mtu = wire_get16(at);
        else if (option == OPTION_DOMAIN) a->domain = at, a->domain_length = n;
        for (unsigned k = 0; option == OPTION_NAME_SERVERS && k < DHCP_NAME_SERVERS && k < n / 4u; k++)
            a->name_servers[k] = wire_get32(at + 4 * k);
        at += n;
    }
    return true;
}

static bool is_in_names(uint8_t c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
}

/// A domain goes into a file that the program reads: what is no name is none at all.
static void take_domain(struct dhcp_client *d, const struct answer *a) {
    uint8_t n = a->domain_length;
    while (n > 0 && a->domain[n - 1] == '\0') n--; // as some servers end it
    bool is_name = n > 0 && n <= DHCP_DOMAIN_MOST && a->domain[0] != '.' && a->domain[0] != '-';
    for (unsigned i = 0; i < n; i++) is_name &= is_in_names(a->domain[i]);
    if (is_name) memcpy(d->domain, a->domain, n);
    d->domain[is_name ? n : 0] = '\0';
}

/// The mask of an address's class, for servers that tell none.
static uint32_t usual_mask(uint32_t address) {
    return address >> 31 == 0 ? 0xff000000 : address >> 30 == 2 ? 0xffff0000 : 0xffffff00;
}

static void bind(struct interface *i, const struct answer *a) {
    struct dhcp_client *d = &i->dhcp;
    uint64_t now = i->stack->now_ns, lease = a->lease ? a->lease : 3600;
    // Times that make no sense are replaced by the usual ones.
    uint64_t rebind = a->rebind && a->rebind < lease ? a->rebind : lease * 7 / 8;
    uint64_t renew = a->renew && a->renew < rebind ? a->renew : lease / 2 < rebind ? lease / 2 : rebind;
    bool is_endless = a->lease == UINT32_MAX;
    d->phase = DHCP_BOUND;
    d->server = a->server ? a->server : d->server;
    d->renew_ns = now + renew * SECOND;
    d->rebind_ns = now + rebind * SECOND;
    d->end_ns = now + lease * SECOND;
    memcpy(d->name_servers, a->name_servers, sizeof d->name_servers);
    take_domain(d, a);
    if (a->mtu >= MTU_LEAST && a->mtu < i->mtu) i->mtu = a->mtu;
    if (is_endless) stack_disarm(i->stack, &d->timer);
    else stack_arm(i->stack, &d->timer, d->renew_ns, act);
    interface_configure(i, a->address, a->mask ? a->mask : usual_mask(a->address), a->router);
}

static bool is_usable(uint32_t address) {
    return address != 0 && address != UINT32_MAX && !address_is_loopback(address) && !address_is_multicast(address);
}

bool dhcp_receive(struct interface *i, const struct packet *p) {
    struct dhcp_client *d = &i->dhcp;
    const uint8_t *m = p->data;
    if (d->phase == DHCP_OFF) return false;
    if (p->length < OPTIONS_AT || m[0] != ANSWER || wire_get32(m + 4) != d->transaction ||
        memcmp(m + 28, i->mac, 6) != 0 || wire_get32(m + FIXED) != COOKIE) {
        return true;
    }
    struct answer a = {.address = wire_get32(m + 16)};
    if (!read_options(m + OPTIONS_AT, m + p->length, &a)) return true;
    bool is_asked = d->phase == DHCP_REQUESTING || d->phase == DHCP_RENEWING || d->phase == DHCP_REBINDING;
    if (d->phase == DHCP_ASKING && a.type == OFFER && is_usable(a.address) && a.server) {
        d->phase = DHCP_REQUESTING;
        d->offered = a.address;
        d->server = a.server;
        d->tries = 0;
        try(i, REQUEST);
    } else if (is_asked && a.type == ACK && is_usable(a.address)) {
        bind(i, &a);
    } else if (is_asked && a.type == NAK) {
        interface_configure(i, 0, 0, 0);
        ask(i);
    }
    return true;
}
