// A wire that loses, delays, doubles and reorders frames.

#include "bad_wire.h"
#include "frames.h"
#include "random.h"
#include <stdlib.h>
#include <string.h>

void bad_wire_seed(uint64_t seed) { random_state += seed * 2; }

static void fly(struct bad_wire *w, unsigned to, const struct packet *p, uint64_t now_ns) {
    struct flying *f = malloc(sizeof *f), **at = &w->first;
    uint64_t delay = w->delay_ns + (w->jitter_ns ? random_below(w->jitter_ns) : 0);
    // What arrives knows nothing of what the sender knew.
    *f = (struct flying){.packet = frame_copy(p), .to = to, .at_ns = now_ns + delay};
    bool overtakes = random_below(1000) < w->reordered;
    // Those of one direction keep their order, unless one overtakes.
    for (struct flying *other = w->first; other && !overtakes; other = other->next) {
        if (other->to == to && other->at_ns > f->at_ns) f->at_ns = other->at_ns;
    }
    while (*at && (*at)->at_ns <= f->at_ns) at = &(*at)->next;
    f->next = *at;
    *at = f;
}

void bad_wire_send(struct bad_wire *w, unsigned to, const struct packet *p, uint64_t now_ns) {
    w->frames++;
    if (random_below(1000) < w->lost || w->is_cut) {
        w->dropped++;
        return;
    }
    fly(w, to, p, now_ns);
    if (random_below(1000) < w->doubled) fly(w, to, p, now_ns);
}

struct packet *bad_wire_arrived(struct bad_wire *w, unsigned *to, uint64_t now_ns) {
    struct flying *f = w->first;
    if (!f || f->at_ns > now_ns) return NULL;
    struct packet *p = f->packet;
    *to = f->to;
    w->first = f->next;
    free(f);
    return p;
}

uint64_t bad_wire_next(const struct bad_wire *w) { return w->first ? w->first->at_ns : UINT64_MAX; }

void bad_wire_clear(struct bad_wire *w) {
    unsigned to;
    for (struct packet *p; (p = bad_wire_arrived(w, &to, UINT64_MAX));) packet_free(p);
}
