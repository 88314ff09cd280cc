// ICMP.

#include "net/stack/icmp.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/stack/checksum.h"
#include "net/stack/ipv4.h"
#include "net/stack/tcp.h"
#include "net/stack/udp.h"

enum { HEADER = 8, ECHO_REPLY = 0, UNREACHABLE = 3, ECHO = 8, EXCEEDED = 11 };
enum { NO_NETWORK = 0, NO_HOST = 1, NO_PROTOCOL = 2, NO_PORT = 3, TOO_BIG = 4, QUOTED = 8 };

static void send(struct net_stack *s, uint32_t from, uint32_t to, struct packet *p) {
    struct route r;
    const struct ipv4_options o = {.protocol = PROTOCOL_ICMP, .may_be_cut = true};
    wire_put16(p->data + 2, 0);
    wire_put16(p->data + 2, checksum_finish(checksum_add(0, p->data, p->length)));
    if (route_find(s, to, from, &r)) ipv4_send(s, &r, from ? from : r.source, to, &o, p);
    else packet_free(p);
}

static void answer_echo(struct net_stack *s, const struct packet *p) {
    struct packet *answer = packet_make(p->length);
    if (!answer) return;
    memcpy(answer->data, p->data, p->length);
    answer->length = p->length;
    answer->data[0] = ECHO_REPLY;
    send(s, p->to_address, p->from_address, answer);
}

static int errno_of(uint8_t type, uint8_t code) {
    if (type == EXCEEDED || code == NO_HOST) return EHOSTUNREACH;
    if (code == NO_NETWORK) return ENETUNREACH;
    if (code == TOO_BIG) return EMSGSIZE;
    return code == NO_PORT ? ECONNREFUSED : code == NO_PROTOCOL ? ENOPROTOOPT : EHOSTUNREACH;
}

/// A complaint about a packet of ours, whose beginning it quotes.
static void take_complaint(struct net_stack *s, const struct packet *p) {
    const uint8_t *icmp = p->data, *h = icmp + HEADER;
    if (p->length < HEADER + IPV4_HEADER || h[0] >> 4 != 4) return;
    uint32_t header = (h[0] & 15u) * 4;
    if (header < IPV4_HEADER || p->length < HEADER + header + QUOTED) return;
    const uint8_t *quoted = h + header;
    const struct complaint c = {.from = wire_get32(h + 12),
                                .to = wire_get32(h + 16),
                                .from_port = wire_get16(quoted),
                                .to_port = wire_get16(quoted + 2),
                                .sequence = wire_get32(quoted + 4),
                                .error = errno_of(icmp[0], icmp[1]),
                                .mtu = icmp[0] == UNREACHABLE && icmp[1] == TOO_BIG ? wire_get16(icmp + 6) : 0};
    if (h[9] == PROTOCOL_TCP) tcp_complaint(s, &c);
    else if (h[9] == PROTOCOL_UDP) udp_complaint(s, &c);
}

void icmp_receive(struct net_stack *s, struct interface *i, struct packet *p) {
    bool is_good = i->address && p->length >= HEADER && !p->is_broadcast &&
                   (p->checksum_done || checksum_finish(checksum_add(0, p->data, p->length)) == 0);
    if (is_good && p->data[0] == ECHO) answer_echo(s, p);
    else if (is_good && (p->data[0] == UNREACHABLE || p->data[0] == EXCEEDED)) take_complaint(s, p);
    packet_free(p);
}

void icmp_send_unreachable(struct net_stack *s, const struct packet *p, uint8_t code) {
    // Only the ports of what is complained of are told: its IP header is made anew.
    if (p->is_broadcast || address_is_multicast(p->to_address) || p->length < QUOTED) return;
    struct packet *answer = packet_make(HEADER + IPV4_HEADER + QUOTED);
    if (!answer) return;
    uint8_t *a = answer->data, *h = a + HEADER;
    memset(a, 0, HEADER + IPV4_HEADER);
    a[0] = UNREACHABLE;
    a[1] = code;
    h[0] = 0x45;
    wire_put16(h + 2, (uint16_t)(IPV4_HEADER + p->length));
    h[8] = 64;
    h[9] = PROTOCOL_UDP;
    wire_put32(h + 12, p->from_address);
    wire_put32(h + 16, p->to_address);
    wire_put16(h + 10, checksum_finish(checksum_add(0, h, IPV4_HEADER)));
    memcpy(h + IPV4_HEADER, p->data, QUOTED);
    answer->length = HEADER + IPV4_HEADER + QUOTED;
    send(s, p->to_address, p->from_address, answer);
}
