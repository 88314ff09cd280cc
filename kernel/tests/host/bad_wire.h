// Frames on their way between two ends, over a wire that loses, delays, doubles and reorders them by a seeded
// generator. Who is at the ends (two stacks of ours, or ours and Linux's), and whose clock it is, the wire does not
// know.
#pragma once

#include "net/stack/packet.h"

struct flying {
    struct flying *next;
    struct packet *packet;
    unsigned to;
    uint64_t at_ns;
};

struct bad_wire {
    uint64_t delay_ns, jitter_ns;
    unsigned lost, doubled, reordered; // of a thousand frames
    bool is_cut;
    struct flying *first; // by the moment of arrival
    uint64_t frames, dropped;
};

/// Other faults than in the last run.
void bad_wire_seed(uint64_t seed);
/// A copy of a frame (or two, or none) sets out to the end `to`.
void bad_wire_send(struct bad_wire *w, unsigned to, const struct packet *p, uint64_t now_ns);
/// A frame that has arrived by now, and where; null if there is none.
struct packet *bad_wire_arrived(struct bad_wire *w, unsigned *to, uint64_t now_ns);
/// When the next one arrives; UINT64_MAX if none is on its way.
uint64_t bad_wire_next(const struct bad_wire *w);
/// What is on its way is lost.
void bad_wire_clear(struct bad_wire *w);
