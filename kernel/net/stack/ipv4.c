// IPv4: checking what comes, cutting what goes out. It does not forward.

#include "net/stack/ipv4.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/stack/arp.h"
#include "net/stack/checksum.h"
#include "net/stack/icmp.h"
#include "net/stack/tcp.h"
#include "net/stack/udp.h"

enum { USUAL_TTL = 64, DONT_CUT = 0x4000, MORE = 0x2000, OFFSET = 0x1fff };

bool ipv4_checksum_is_good(const struct packet *p, uint8_t protocol) {
    if (p->checksum_done) return true;
    uint64_t sum = checksum_pseudo(p->from_address, p->to_address, protocol, p->length);
    return checksum_finish(checksum_add(sum, p->data, p->length)) == 0;
}

static bool is_for_us(const struct net_stack *s, const struct interface *i, const struct packet *p) {
    // The answer to the DHCP client comes to an address that is not ours yet.
    if (!i->address) return true;
    if (address_is_broadcast(i, p->to_address) || address_is_multicast(p->to_address)) return true;
    // Nobody outside has a loopback address.
    if (!i->is_loopback && (address_is_loopback(p->to_address) || address_is_loopback(p->from_address))) return false;
    return address_is_ours(s, p->to_address);
}

static void deliver(struct net_stack *s, struct interface *i, struct packet *p, uint8_t protocol) {
    switch (protocol) {
    case PROTOCOL_TCP:
        if (i->address && !p->is_broadcast) tcp_receive(s, p);
        else packet_free(p);
        break;
    case PROTOCOL_UDP: udp_receive(s, i, p); break;
    case PROTOCOL_ICMP: icmp_receive(s, i, p); break;
    default: packet_free(p);
    }
}

void ipv4_receive(struct net_stack *s, struct interface *i, struct packet *p) {
    const uint8_t *h = p->data;
    s->counters.ip_in++;
    if (p->length < IPV4_HEADER || h[0] >> 4 != 4) goto bad;
    uint32_t header = (h[0] & 15u) * 4, length = wire_get16(h + 2);
    if (header < IPV4_HEADER || length < header || length > p->length) goto bad;
    if (!i->is_loopback && checksum_finish(checksum_add(0, h, header)) != 0) goto bad;
    p->from_address = wire_get32(h + 12);
    p->to_address = wire_get32(h + 16);
    if (address_is_multicast(p->from_address) || p->from_address == UINT32_MAX) goto bad;
    if (!is_for_us(s, i, p)) {
        packet_free(p);
        return;
    }
    p->is_broadcast |= address_is_broadcast(i, p->to_address);
    p->from_interface = (uint8_t)i->index;
    p->ttl = h[8];
    p->service = h[1];
    uint16_t cut = wire_get16(h + 6);
    uint8_t protocol = h[9];
    p->length = length; // without what the link padded
    if (cut & (MORE | OFFSET)) {
        p = fragments_add(s, p, header);
        if (!p) return;
    } else {
        packet_pull(p, header);
    }
    deliver(s, i, p, protocol);
    return;
bad:
    s->counters.ip_bad++;
    packet_free(p);
}

static void put_header(struct net_stack *s, struct packet *p, uint32_t from, uint32_t to, const struct ipv4_options *o,
                       uint16_t id, uint16_t cut) {
    uint8_t *h = packet_push(p, IPV4_HEADER);
    h[0] = 0x45;
    h[1] = o->service;
    wire_put16(h + 2, (uint16_t)p->length);
    wire_put16(h + 4, id);
    wire_put16(h + 6, cut);
    h[8] = o->ttl ? o->ttl : USUAL_TTL;
    h[9] = o->protocol;
    wire_put16(h + 10, 0);
    wire_put32(h + 12, from);
    wire_put32(h + 16, to);
    wire_put16(h + 10, checksum_finish(checksum_add(0, h, IPV4_HEADER)));
    s->counters.ip_out++;
}

/// Sends a datagram in pieces; its own checksum is complete.
static void send_cut(struct net_stack *s, const struct route *r, uint32_t from, uint32_t to,
                     const struct ipv4_options *o, const struct packet *whole) {
    uint32_t piece = (r->interface->mtu - IPV4_HEADER) & ~7u;
    uint16_t id = s->next_ip_id++;
    for (uint32_t at = 0; at < whole->length; at += piece) {
        uint32_t n = whole->length - at < piece ? whole->length - at : piece;
        struct packet *p = packet_make(n);
        if (!p) return;
        memcpy(p->data, whole->data + at, n);
        p->length = n;
        put_header(s, p, from, to, o, id, (uint16_t)(at / 8 | (at + n < whole->length ? MORE : 0)));
        ethernet_send(r->interface, r->next_hop, p);
    }
}

int ipv4_send(struct net_stack *s, const struct route *r, uint32_t from, uint32_t to, const struct ipv4_options *o,
              struct packet *p) {
    enum { LONGEST = 65535 };
    if (p->length + IPV4_HEADER <= r->interface->mtu) {
        uint16_t id = o->may_be_cut ? s->next_ip_id++ : 0;
        put_header(s, p, from, to, o, id, o->may_be_cut ? 0 : DONT_CUT);
        ethernet_send(r->interface, r->next_hop, p);
        return 0;
    }
    int result = o->may_be_cut && p->length + IPV4_HEADER <= LONGEST ? 0 : -EMSGSIZE;
    if (result == 0) send_cut(s, r, from, to, o, p);
    packet_free(p);
    return result;
}
