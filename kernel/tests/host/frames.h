// Frames that tests keep, change and give again, and packets that they forge.
#pragma once

#include "net/stack/checksum.h"
#include "net/stack/ipv4.h"
#include "net/stack/packet.h"
#include "net/stack/wire.h"
#include <string.h>

static inline struct packet *frame_copy(const struct packet *p) {
    struct packet *copy = packet_make(p->length);
    memcpy(copy->data, p->data, p->length);
    copy->length = p->length;
    return copy;
}

/// Makes the sum of a damaged IPv4 header right, without which nothing would come further. Those of what is in it count
/// as right.
static inline void frame_mend(struct packet *p) {
    uint8_t *h = p->data + 14;
    p->checksum_done = true;
    if (p->length < 34 || p->data[12] != 8 || p->data[13] != 0) return;
    uint32_t header = (h[0] & 15u) * 4, sum = 0;
    wire_put16(h + 10, 0);
    for (uint32_t i = 0; i + 1 < header && 14 + i + 1 < p->length; i += 2) sum += wire_get16(h + i);
    sum = (sum & 0xffff) + (sum >> 16);
    wire_put16(h + 10, (uint16_t)~((sum & 0xffff) + (sum >> 16)));
}

/// A segment without data, as if it came from elsewhere.
struct forgery {
    uint32_t from, to;
    uint16_t from_port, port;
    uint32_t sequence, ack;
    uint8_t flags;
};

/// The IP packet. TCP's sum counts as right.
static inline struct packet *forge(const struct forgery *f) {
    struct packet *p = packet_make(0);
    uint8_t *h = packet_push(p, 40), *tcp = h + 20;
    memset(h, 0, 40);
    h[0] = 0x45;
    wire_put16(h + 2, 40);
    h[8] = 64;
    h[9] = PROTOCOL_TCP;
    wire_put32(h + 12, f->from);
    wire_put32(h + 16, f->to);
    wire_put16(h + 10, checksum_finish(checksum_add(0, h, 20)));
    wire_put16(tcp, f->from_port);
    wire_put16(tcp + 2, f->port);
    wire_put32(tcp + 4, f->sequence);
    wire_put32(tcp + 8, f->ack);
    tcp[12] = 5 << 4;
    tcp[13] = f->flags;
    wire_put16(tcp + 14, 1000);
    p->checksum_done = true;
    return p;
}
