// Frames that tests keep, change and give again.
#pragma once

#include "net/stack/packet.h"
#include "net/stack/wire.h"
#include <string.h>

static inline struct packet *frame_copy(const struct packet *p) {
    struct packet *copy = packet_make(p->length);
    memcpy(copy->data, p->data, p->length);
    copy->length = p->length;
    return copy;
}

/// Makes the sum of a damaged IPv4 header right, without which nothing would come further. Those of what is in it count as
/// right.
static inline void frame_mend(struct packet *p) {
    uint8_t *h = p->data + 14;
    p->checksum_done = true;
    if (p->length < 34 || p->data[12] != 8 || p->data[13] != 0) return;
    uint32_t header = (h[0] & 15u) * 4, sum = 0;
    wire_put16(h + 10, 0);
    for (uint32_t i = 0; i + 1 < header && 14 + i + 1 < p->length; i += 2) sum += wire_get16(h + i);
    sum = (sum & 0xffff) + (sum >> 16);
    wire_put16(h + 10, (uint16_t) ~((sum & 0xffff) + (sum >> 16)));
}
