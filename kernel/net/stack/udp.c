// UDP.

#include "net/stack/udp.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/stack/checksum.h"
#include "net/stack/dhcp.h"
#include "net/stack/icmp.h"
#include "net/stack/ipv4.h"
#include "net/stack/ports.h"

enum { USUAL_BUFFER = 212992 };

static struct list *bucket(struct net_stack *s, uint16_t port) { return &s->udp_table[port % UDP_BUCKETS]; }

void udp_init(struct net_stack *s, struct udp_endpoint *e) {
    *e = (struct udp_endpoint){.stack = s, .bytes_most = USUAL_BUFFER};
    list_init(&e->node);
}

static bool is_taken(const struct udp_endpoint *e, uint32_t address, uint16_t port) {
    struct list *head = bucket(e->stack, port);
    for (struct list *at = head->next; at != head; at = at->next) {
        const struct udp_endpoint *other = container_of(at, struct udp_endpoint, node);
        if (other->port != port || (other->local && address && other->local != address)) continue;
        bool shared = (e->shares_port && other->shares_port) || (e->shares_address && other->shares_address);
        if (!shared) return true;
    }
    return false;
}

static bool port_is_free(void *endpoint, uint16_t port) {
    const struct udp_endpoint *e = endpoint;
    return !is_taken(e, e->local, port);
}

int udp_bind(struct udp_endpoint *e, uint32_t address, uint16_t port) {
    bool may_be_there =
        address_is_ours(e->stack, address) || address_is_multicast(address) || address == UINT32_MAX || e->binds_freely;
    if (address && !may_be_there) return -EADDRNOTAVAIL;
    e->local = address;
    if (port == 0) port = port_choose(e->stack, port_is_free, e);
    else if (is_taken(e, address, port)) return -EADDRINUSE;
    if (port == 0) return -EADDRINUSE;
    e->port = port;
    list_push_front(bucket(e->stack, port), &e->node);
    return 0;
}

void udp_close(struct udp_endpoint *e) {
    list_remove(&e->node);
    packet_free_all(&e->inbox);
    e->bytes = 0;
}

int udp_send(struct udp_endpoint *e, uint32_t source, uint32_t to, uint16_t port, struct packet *p) {
    struct net_stack *s = e->stack;
    struct route r;
    int result = 0;
    if (!source && !address_is_multicast(e->local)) source = e->local;
    if (p->length > UDP_LONGEST) result = -EMSGSIZE;
    else if (!route_find(s, to, source, &r)) result = -ENETUNREACH;
    else if (address_is_broadcast(r.interface, to) && !e->may_broadcast) result = -EACCES;
    if (result != 0) {
        packet_free(p);
        return result;
    }
    if (to == 0) to = r.next_hop;
    uint32_t from = source ? source : r.source;
    uint8_t *h = packet_push(p, UDP_HEADER);
    wire_put16(h, e->port);
    wire_put16(h + 2, port);
    wire_put16(h + 4, (uint16_t)p->length);
    wire_put16(h + 6, 0);
    if (!r.interface->is_loopback) {
        uint64_t sum = checksum_pseudo(from, to, PROTOCOL_UDP, p->length);
        uint16_t checksum = checksum_finish(checksum_add(sum, p->data, p->length));
        wire_put16(h + 6, checksum ? checksum : 0xffff);
    }
    s->counters.udp_out++;
    const struct ipv4_options o = {
        .protocol = PROTOCOL_UDP, .ttl = e->ttl, .service = e->service, .may_be_cut = !e->is_never_cut};
    return ipv4_send(s, &r, from, to, &o, p);
}

/// How well an endpoint fits what came: 0 not at all. Those that share a port (SO_REUSEPORT) differ by the peer, so
/// that what one peer sends goes to one of them.
static uint32_t fit(const struct udp_endpoint *e, const struct packet *p, uint16_t port) {
    if (e->port != port || (e->local && e->local != p->to_address)) return 0;
    if (e->remote_port) return e->remote == p->from_address && e->remote_port == p->from_port ? UINT32_MAX : 0;
    uint32_t share = e->shares_port ? port_share(e, p->from_address, p->from_port) >> 2 : 0;
    return 1 + (e->local ? 1u << 31 : 0) + share;
}

static void put(struct udp_endpoint *e, struct packet *p) {
    if (e->bytes + p->capacity > e->bytes_most) {
        e->stack->counters.udp_full++;
        packet_free(p);
        return;
    }
    e->bytes += p->capacity;
    p->arrived_ns = e->stack->now_ns;
    packet_append(&e->inbox, p);
    e->stack->counters.udp_in++;
    e->stack->hooks->udp_changed(e);
}

static struct packet *copy_of(const struct packet *p) {
    struct packet *copy = packet_make(p->length);
    if (!copy) return NULL;
    memcpy(copy->data, p->data, p->length);
    copy->length = p->length;
    copy->from_address = p->from_address;
    copy->from_port = p->from_port;
    copy->to_address = p->to_address;
    copy->from_interface = p->from_interface;
    copy->ttl = p->ttl;
    copy->service = p->service;
    return copy;
}

/// To the one that fits best; what is for everybody, to all that fit.
static void hand_over(struct net_stack *s, struct packet *p, uint16_t port) {
    struct udp_endpoint *best = NULL;
    uint32_t best_fit = 0;
    bool to_all = p->is_broadcast || address_is_multicast(p->to_address);
    struct list *head = bucket(s, port);
    for (struct list *at = head->next; at != head; at = at->next) {
        struct udp_endpoint *e = container_of(at, struct udp_endpoint, node);
        uint32_t now = fit(e, p, port);
        if (now == 0) continue;
        struct packet *copy = to_all && best ? copy_of(p) : NULL;
        if (copy) put(best, copy);
        if (now > best_fit || to_all) {
            best = e;
            best_fit = now;
        }
    }
    if (best) {
        put(best, p);
        return;
    }
    s->counters.udp_no_port++;
    // The complaint quotes the header.
    packet_push(p, UDP_HEADER);
    icmp_send_unreachable(s, p, ICMP_PORT_UNREACHABLE);
    packet_free(p);
}

void udp_receive(struct net_stack *s, struct interface *i, struct packet *p) {
    enum { DHCP_CLIENT = 68 };
    const uint8_t *h = p->data;
    uint32_t length = p->length >= UDP_HEADER ? wire_get16(h + 4) : 0;
    if (length < UDP_HEADER || length > p->length) goto bad;
    p->length = length;
    if (wire_get16(h + 6) != 0 && !ipv4_checksum_is_good(p, PROTOCOL_UDP)) goto bad;
    uint16_t port = wire_get16(h + 2);
    p->from_port = wire_get16(h);
    packet_pull(p, UDP_HEADER);
    if (port == DHCP_CLIENT && dhcp_receive(i, p)) {
        packet_free(p);
        return;
    }
    if (i->address) hand_over(s, p, port);
    else packet_free(p);
    return;
bad:
    s->counters.udp_bad++;
    packet_free(p);
}

void udp_list(struct net_stack *s, void (*each)(void *context, const struct udp_endpoint *e), void *context) {
    for (unsigned n = 0; n < UDP_BUCKETS; n++) {
        struct list *head = &s->udp_table[n];
        for (struct list *at = head->next; at != head; at = at->next)
            each(context, container_of(at, struct udp_endpoint, node));
    }
}

struct packet *udp_take(struct udp_endpoint *e) {
    struct packet *p = packet_take(&e->inbox);
    if (p) e->bytes -= p->capacity;
    return p;
}

void udp_complaint(struct net_stack *s, const struct complaint *c) {
    struct list *head = bucket(s, c->from_port);
    for (struct list *at = head->next; at != head; at = at->next) {
        struct udp_endpoint *e = container_of(at, struct udp_endpoint, node);
        // Who has not said whom it talks to is not told, as on Linux.
        if (e->port != c->from_port || e->remote != c->to || e->remote_port != c->to_port || c->mtu) continue;
        e->error = c->error;
        s->hooks->udp_changed(e);
    }
}
