// Packets: memory.

#include "net/stack/packet.h"
#include "mem/heap.h"

struct packet *packet_make(uint32_t n) {
    struct packet *p = kmalloc(sizeof *p + PACKET_HEADROOM + n);
    if (!p) return NULL;
    *p = (struct packet){.capacity = PACKET_HEADROOM + n};
    p->data = p->bytes + PACKET_HEADROOM;
    return p;
}

void packet_free(struct packet *p) { kfree(p); }

void packet_free_all(struct packet_queue *q) {
    for (struct packet *p; (p = packet_take(q));) packet_free(p);
}
