// What the peer says it has beyond what it acknowledges (RFC 2018), and what follows from it: which bytes are lost and
// how many are on their way (RFC 6675). Without SACK each duplicate acknowledgement stands for one segment that has
// arrived.

#include "net/stack/tcp_connection.h"

enum { DUPLICATES = 3 };

static void insert(struct tcp_connection *c, struct tcp_range r) {
    unsigned from = 0, to;
    while (from < c->sacked_count && before(c->sacked[from].end, r.start)) from++;
    // Those that touch it become one with it.
    for (to = from; to < c->sacked_count && !after(c->sacked[to].start, r.end); to++) {
        if (before(c->sacked[to].start, r.start)) r.start = c->sacked[to].start;
        if (after(c->sacked[to].end, r.end)) r.end = c->sacked[to].end;
    }
    unsigned gone = to - from;
    if (gone == 0) {
        // Full: what is not remembered is sent once too often.
        if (c->sacked_count == SACK_RANGES) return;
        for (unsigned i = c->sacked_count; i > from; i--) c->sacked[i] = c->sacked[i - 1];
        c->sacked_count++;
    } else {
        for (unsigned i = to; i < c->sacked_count; i++) c->sacked[i - gone + 1] = c->sacked[i];
        c->sacked_count -= gone - 1;
    }
    c->sacked[from] = r;
}

void tcp_sack_take(struct tcp_connection *c, const struct tcp_options *o) {
    for (unsigned i = 0; c->may_sack && i < o->sack_count; i++) {
        struct tcp_range r = o->sacks[i];
        if (!before(r.start, r.end) || after(r.end, c->max) || !after(r.end, c->una)) continue;
        if (before(r.start, c->una)) r.start = c->una;
        insert(c, r);
    }
}

void tcp_sack_advance(struct tcp_connection *c) {
    unsigned gone = 0;
    while (gone < c->sacked_count && !after(c->sacked[gone].end, c->una)) gone++;
    for (unsigned i = gone; i < c->sacked_count; i++) c->sacked[i - gone] = c->sacked[i];
    c->sacked_count -= gone;
    if (c->sacked_count > 0 && before(c->sacked[0].start, c->una)) c->sacked[0].start = c->una;
}

uint32_t tcp_sacked_below(const struct tcp_connection *c, uint32_t edge) {
    uint32_t sum = 0;
    if (!c->may_sack) return least(c->duplicates * c->mss, edge - c->una);
    for (unsigned i = 0; i < c->sacked_count && before(c->sacked[i].start, edge); i++) {
        sum += (before(c->sacked[i].end, edge) ? c->sacked[i].end : edge) - c->sacked[i].start;
    }
    return sum;
}

uint32_t tcp_lost_edge(const struct tcp_connection *c) {
    uint32_t edge = c->una, above = 0;
    for (unsigned i = c->sacked_count; i > 0; i--) {
        above += c->sacked[i - 1].end - c->sacked[i - 1].start;
        if (above >= DUPLICATES * c->mss || c->sacked_count - i + 1 >= DUPLICATES) {
            edge = c->sacked[i - 1].start;
            break;
        }
    }
    if (c->is_recovering) {
        // The acknowledgement that began it, or came to a stop here, says that the first segment is not there.
        uint32_t first = c->una + least(c->mss, c->max - c->una);
        if (after(first, edge)) edge = first;
    }
    return edge;
}

bool tcp_next_hole(const struct tcp_connection *c, uint32_t *start, uint32_t *end, uint32_t limit) {
    *end = limit;
    for (unsigned i = 0; i < c->sacked_count; i++) {
        if (before(*start, c->sacked[i].start)) {
            if (before(c->sacked[i].start, limit)) *end = c->sacked[i].start;
            break;
        }
        if (before(*start, c->sacked[i].end)) *start = c->sacked[i].end;
    }
    return before(*start, *end);
}

uint32_t tcp_pipe(const struct tcp_connection *c) {
    uint32_t flight = c->next - c->una, gone = tcp_sacked_below(c, c->next);
    if (c->is_recovering) {
        uint32_t start = after(c->rexmit_next, c->una) ? c->rexmit_next : c->una, end, edge = tcp_lost_edge(c);
        for (; before(start, edge) && tcp_next_hole(c, &start, &end, edge); start = end) gone += end - start;
    }
    return gone < flight ? flight - gone : 0;
}
