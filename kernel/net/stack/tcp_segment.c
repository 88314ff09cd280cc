// TCP segments on the wire: headers, options, checksums.

#include "lib/string.h"
#include "net/stack/checksum.h"
#include "net/stack/tcp_connection.h"

enum option {
    OPTION_END = 0,
    OPTION_NOTHING = 1,
    OPTION_MSS = 2,
    OPTION_SCALE = 3,
    OPTION_MAY_SACK = 4,
    OPTION_SACK = 5
};

static bool read_options(const uint8_t *at, const uint8_t *end, struct tcp_options *o, bool is_syn) {
    while (at < end && *at != OPTION_END) {
        if (*at == OPTION_NOTHING) {
            at++;
            continue;
        }
        if (end - at < 2 || at[1] < 2 || at[1] > end - at) return false;
        uint8_t kind = at[0], n = at[1];
        if (is_syn && kind == OPTION_MSS && n == 4) {
            o->mss = wire_get16(at + 2);
        } else if (is_syn && kind == OPTION_SCALE && n == 3) {
            o->has_scale = true;
            o->scale = at[2] < SCALE_MOST ? at[2] : SCALE_MOST;
        } else if (is_syn && kind == OPTION_MAY_SACK && n == 2) {
            o->may_sack = true;
        } else if (!is_syn && kind == OPTION_SACK && (n - 2) % 8 == 0) {
            for (unsigned i = 0; i < (n - 2u) / 8 && o->sack_count < 4; i++) {
                o->sacks[o->sack_count++] = (struct tcp_range){wire_get32(at + 2 + 8 * i), wire_get32(at + 6 + 8 * i)};
            }
        }
        at += n;
    }
    return true;
}

bool tcp_segment_read(const struct packet *p, struct tcp_segment *g, uint32_t *header) {
    const uint8_t *h = p->data;
    if (p->length < TCP_HEADER) return false;
    *header = (h[12] >> 4) * 4u;
    if (*header < TCP_HEADER || *header > p->length) return false;
    *g = (struct tcp_segment){.sequence = wire_get32(h + 4),
                              .ack = wire_get32(h + 8),
                              .length = p->length - *header,
                              .window = wire_get16(h + 14),
                              .flags = h[13] & 31};
    return *header == TCP_HEADER || read_options(h + TCP_HEADER, h + *header, &g->options, g->flags & FLAG_SYN);
}

uint16_t tcp_mss_towards(struct net_stack *s, const struct tcp_ends *ends) {
    struct route r;
    uint32_t mtu = route_find(s, ends->remote, ends->local, &r) ? r.interface->mtu : ETHERNET_MTU;
    return (uint16_t)(mtu - IPV4_HEADER - TCP_HEADER);
}

uint32_t tcp_syn_options(uint8_t *to, uint16_t mss, bool scale, bool sack) {
    uint8_t *at = to;
    *at++ = OPTION_MSS;
    *at++ = 4;
    wire_put16(at, mss);
    at += 2;
    if (sack) {
        const uint8_t bytes[4] = {OPTION_NOTHING, OPTION_NOTHING, OPTION_MAY_SACK, 2};
        memcpy(at, bytes, sizeof bytes);
        at += sizeof bytes;
    }
    if (scale) {
        const uint8_t bytes[4] = {OPTION_NOTHING, OPTION_SCALE, 3, RECEIVE_SCALE};
        memcpy(at, bytes, sizeof bytes);
        at += sizeof bytes;
    }
    return (uint32_t)(at - to);
}

void tcp_transmit(struct net_stack *s, const struct tcp_ends *ends, const struct route *r,
                  const struct tcp_settings *settings, struct packet *p, uint64_t data_sum) {
    uint8_t *h = p->data;
    uint32_t header = (h[12] >> 4) * 4u;
    uint64_t sum = checksum_pseudo(r->source, ends->remote, PROTOCOL_TCP, p->length);
    wire_put16(h, ends->port);
    wire_put16(h + 2, ends->remote_port);
    wire_put16(h + 16, 0);
    wire_put16(h + 18, 0);
    if (r->interface->checksums_offloaded) {
        p->checksum_wanted = true;
        p->checksum_start = IPV4_HEADER;
        p->checksum_at = 16;
        wire_put16(h + 16, checksum_fold(sum));
    } else {
        sum = checksum_add(sum, h, header);
        // Two sums of 64 bits: the carry goes round.
        sum += data_sum;
        sum += sum < data_sum;
        wire_put16(h + 16, checksum_finish(sum));
    }
    s->counters.tcp_out++;
    const struct ipv4_options o = {
        .protocol = PROTOCOL_TCP, .ttl = settings ? settings->ttl : 0, .service = settings ? settings->service : 0};
    ipv4_send(s, r, r->source, ends->remote, &o, p);
}

void tcp_send_bare(struct net_stack *s, const struct tcp_ends *ends, uint32_t sequence, uint32_t ack, uint8_t flags,
                   uint16_t window, const uint8_t *options, uint32_t option_bytes) {
    struct route r;
    struct packet *p = packet_make(0);
    if (!p) return;
    if (!route_find(s, ends->remote, ends->local, &r)) {
        packet_free(p);
        return;
    }
    r.source = ends->local;
    uint8_t *h = packet_push(p, TCP_HEADER + option_bytes);
    wire_put32(h + 4, sequence);
    wire_put32(h + 8, flags & FLAG_ACK ? ack : 0);
    h[12] = (uint8_t)((TCP_HEADER + option_bytes) / 4 << 4);
    h[13] = flags;
    wire_put16(h + 14, window);
    if (option_bytes > 0) memcpy(h + TCP_HEADER, options, option_bytes);
    tcp_transmit(s, ends, &r, NULL, p, 0);
}

void tcp_send_reset(struct net_stack *s, const struct tcp_ends *ends, const struct tcp_segment *g) {
    if (g->flags & FLAG_RST) return;
    s->counters.tcp_resets_out++;
    if (g->flags & FLAG_ACK) {
        tcp_send_bare(s, ends, g->ack, 0, FLAG_RST, 0, NULL, 0);
        return;
    }
    uint32_t next = g->sequence + g->length + !!(g->flags & FLAG_SYN) + !!(g->flags & FLAG_FIN);
    tcp_send_bare(s, ends, 0, next, FLAG_RST | FLAG_ACK, 0, NULL, 0);
}
