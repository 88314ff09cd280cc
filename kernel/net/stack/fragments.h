// Putting IPv4 datagrams together that came in pieces, in bounded memory.
#pragma once

#include "net/stack/packet.h"

enum { FRAGMENTED_MOST = 16, FRAGMENTS_BYTES_MOST = 256 << 10 };

struct net_stack;

/// One datagram of which pieces are there.
struct fragmented {
    bool is_used;
    uint8_t protocol;
    uint16_t id;
    uint32_t from, to;
    uint32_t have, total; // bytes; `total` 0: the last piece has not come
    uint64_t begun_ns;
    struct packet *first; // by offset (`sequence`)
};

struct fragment_table {
    struct fragmented list[FRAGMENTED_MOST];
    uint32_t bytes; // that all of them hold
};

/// Takes over a piece, still with its header of `header` bytes. The whole datagram without a header once all is there;
/// else null.
struct packet *fragments_add(struct net_stack *s, struct packet *p, uint32_t header);
/// Drops all that is incomplete.
void fragments_forget(struct fragment_table *t);
