// Packets: one block of memory each, with room in front for the headers that the layers below add.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Room for TCP's, IP's and Ethernet's headers, and what a device puts before these.
enum { PACKET_HEADROOM = 128 };

struct packet {
    struct packet *next; // in whatever queue it is
    uint8_t *data;
    uint32_t length, capacity; // `capacity`: of `bytes`
    /// Received: the checksums need not be looked at. To be sent: TCP's or UDP's is the device's to complete.
    bool checksum_done, checksum_wanted;
    bool is_broadcast, ends_stream; // received: to everybody; with a FIN
    uint16_t checksum_start, checksum_at; // if wanted: from the IP header on
    uint32_t sequence; // of the first byte (TCP)
    uint32_t from_address, to_address; // received
    uint16_t from_port;
    uint8_t from_interface, ttl, service; // received
    uint64_t arrived_ns; // in an inbox of datagrams
    uint8_t bytes[];
};

struct packet_queue {
    struct packet *first, *last;
};

/// With room for `n` bytes behind the headroom; its length is 0. Null without memory.
struct packet *packet_make(uint32_t n);
void packet_free(struct packet *p);
/// Frees all that are chained.
void packet_free_all(struct packet_queue *q);

/// Adds room in front. There must be enough.
static inline uint8_t *packet_push(struct packet *p, uint32_t n) {
    p->data -= n;
    p->length += n;
    return p->data;
}

static inline void packet_pull(struct packet *p, uint32_t n) {
    p->data += n;
    p->length -= n;
}

static inline uint32_t packet_tail_room(const struct packet *p) {
    return (uint32_t)(p->bytes + p->capacity - (p->data + p->length));
}

static inline void packet_append(struct packet_queue *q, struct packet *p) {
    p->next = NULL;
    if (q->last) q->last->next = p;
    else q->first = p;
    q->last = p;
}

static inline struct packet *packet_take(struct packet_queue *q) {
    struct packet *p = q->first;
    if (p) {
        q->first = p->next;
        if (!q->first) q->last = NULL;
        p->next = NULL;
    }
    return p;
}
