// Fragments. Those that overlap are never right (RFC 5722 says so for IPv6): the whole datagram is dropped.

#include "net/stack/fragments.h"
#include "lib/string.h"
#include "net/stack/stack.h"
#include "net/stack/wire.h"

enum { MORE = 0x2000, OFFSET = 0x1fff, LONGEST = 65535 - 20 };
#define PATIENCE_NS (30ull * 1000000000)

static void drop(struct fragment_table *t, struct fragmented *d) {
    while (d->first) {
        struct packet *p = d->first;
        d->first = p->next;
        t->bytes -= p->capacity;
        packet_free(p);
    }
    *d = (struct fragmented){0};
}

/// The datagram that a piece belongs to, or a place for it: free, given up, or the oldest one's.
static struct fragmented *find(struct net_stack *s, const struct packet *p, uint8_t protocol, uint16_t id) {
    struct fragmented *oldest = &s->fragments.list[0];
    for (unsigned i = 0; i < FRAGMENTED_MOST; i++) {
        struct fragmented *d = &s->fragments.list[i];
        if (d->is_used && s->now_ns - d->begun_ns > PATIENCE_NS) drop(&s->fragments, d);
        if (d->is_used && d->id == id && d->protocol == protocol && d->from == p->from_address &&
            d->to == p->to_address)
            return d;
        if (oldest->is_used && (!d->is_used || d->begun_ns < oldest->begun_ns)) oldest = d;
    }
    drop(&s->fragments, oldest);
    *oldest = (struct fragmented){.is_used = true,
                                  .protocol = protocol,
                                  .id = id,
                                  .from = p->from_address,
                                  .to = p->to_address,
                                  .begun_ns = s->now_ns};
    return oldest;
}

/// What has waited longest gives way to a piece of so many bytes.
static void make_room(struct fragment_table *t, uint32_t bytes) {
    while (t->bytes > 0 && t->bytes + bytes > FRAGMENTS_BYTES_MOST) {
        struct fragmented *oldest = NULL;
        for (unsigned i = 0; i < FRAGMENTED_MOST; i++) {
            struct fragmented *d = &t->list[i];
            if (d->is_used && (!oldest || d->begun_ns < oldest->begun_ns)) oldest = d;
        }
        drop(t, oldest);
    }
}

/// Puts a piece at its place. False if it overlaps another or does not fit what is known.
static bool insert(struct fragmented *d, struct packet *p, bool is_last) {
    uint32_t start = p->sequence, end = start + p->length;
    struct packet **at = &d->first;
    while (*at && (*at)->sequence < start) {
        if ((*at)->sequence + (*at)->length > start) return false;
        at = &(*at)->next;
    }
    if (*at && end > (*at)->sequence) return false;
    if ((is_last && d->total) || (d->total && end > d->total) || (is_last && *at)) return false;
    if (is_last) d->total = end;
    p->next = *at;
    *at = p;
    d->have += p->length;
    return true;
}

static struct packet *join(struct fragment_table *t, struct fragmented *d) {
    struct packet *whole = packet_make(d->total);
    if (whole) {
        whole->from_address = d->from;
        whole->to_address = d->to;
        whole->is_broadcast = d->first->is_broadcast;
        whole->from_interface = d->first->from_interface;
        whole->ttl = d->first->ttl;
        whole->service = d->first->service;
        whole->length = d->total;
        for (const struct packet *p = d->first; p; p = p->next) memcpy(whole->data + p->sequence, p->data, p->length);
    }
    drop(t, d);
    return whole;
}

struct packet *fragments_add(struct net_stack *s, struct packet *p, uint32_t header) {
    struct fragment_table *t = &s->fragments;
    uint16_t cut = wire_get16(p->data + 6), id = wire_get16(p->data + 4);
    uint8_t protocol = p->data[9];
    packet_pull(p, header);
    p->sequence = (cut & OFFSET) * 8u;
    bool is_last = !(cut & MORE);
    bool is_wrong = p->length == 0 || (!is_last && p->length % 8 != 0) || p->sequence + p->length > LONGEST;
    if (is_wrong) {
        packet_free(p);
        return NULL;
    }
    make_room(t, p->capacity);
    struct fragmented *d = find(s, p, protocol, id);
    if (!insert(d, p, is_last)) {
        packet_free(p);
        drop(t, d);
        return NULL;
    }
    t->bytes += p->capacity;
    return d->total && d->have == d->total ? join(t, d) : NULL;
}

void fragments_forget(struct fragment_table *t) {
    for (unsigned i = 0; i < FRAGMENTED_MOST; i++) drop(t, &t->list[i]);
}
