// Virtio network cards (VIRTIO 1.1, 5.1): one queue for each direction.
#include "dev/virtio/net.h"

#include "arch/paging.h"
#include "dev/console.h"
#include "dev/virtio/virtqueue.h"
#include "lib/string.h"
#include "mem/heap.h"

enum { FEATURE_CHECKSUM = 0, FEATURE_GUEST_CHECKSUM = 1, FEATURE_MTU = 3, FEATURE_MAC = 5, FEATURE_MERGES = 15 };
enum { CONFIG_MAC = 0, CONFIG_MTU = 10 };
enum { NEEDS_CHECKSUM = 1, CHECKSUM_IS_GOOD = 2 };
enum { QUEUE_SIZE = 256, USUAL_MTU = 1500 };

/// Before each frame, in both directions (5.1.6).
struct frame_header {
    uint8_t flags, gso_type;
    uint16_t header_length, gso_size, checksum_start, checksum_offset, buffers;
};
_Static_assert(sizeof(struct frame_header) == CARD_HEADER, "net.h");

/// What is in flight: where the buffer's header is, and its owner's cookie.
struct slot {
    void *buffer, *cookie;
    struct slot *next;
};

struct virtio_card {
    struct network_card card;
    struct virtio_device *dev;
    struct virtqueue *in, *out;
    bool merges;
    unsigned header_at; // in the room for it: a shorter one lies at its end
    bool is_apart; // the device wants the header in a piece of its own
    struct slot slots[QUEUE_SIZE]; // of the received direction
    struct slot *free;
};

static struct virtio_card *own(struct network_card *card) { return (struct virtio_card *)card; }

static void interrupted(void *argument) {
    struct virtio_card *card = argument;
    virtq_interrupts(card->in, false);
    virtq_interrupts(card->out, false);
    if (card->card.interrupt != NULL) {
        card->card.interrupt(card->card.argument);
    }
}

/// The device's view of a frame's buffer. How many pieces it is.
static unsigned pieces_of(const struct virtio_card *card, void *buffer, uint32_t length, struct virtq_buffer list[2]) {
    uint32_t header = CARD_HEADER - card->header_at;
    list[0] = (struct virtq_buffer){virt_to_phys((char *)buffer + card->header_at), length - card->header_at};
    if (!card->is_apart || length <= CARD_HEADER) {
        return 1;
    }
    list[0].length = header;
    list[1] = (struct virtq_buffer){list[0].pa + header, length - CARD_HEADER};
    return 2;
}

static bool offer(struct network_card *any, void *buffer, uint32_t length, void *cookie) {
    struct virtio_card *card = own(any);
    struct slot *slot = card->free;
    struct virtq_buffer list[2];
    if (slot == NULL || !virtq_add(card->in, list, 0, pieces_of(card, buffer, length, list), slot)) {
        return false;
    }
    card->free = slot->next;
    slot->buffer = buffer;
    slot->cookie = cookie;
    return true;
}

static void *received(struct network_card *any, uint32_t *length, bool *is_checked, unsigned *pieces, bool is_first) {
    struct virtio_card *card = own(any);
    uint32_t written;
    struct slot *slot = virtq_take(card->in, &written);
    if (slot == NULL) {
        return NULL;
    }
    const struct frame_header *header = (void *)((char *)slot->buffer + card->header_at);
    void *cookie = slot->cookie;
    slot->next = card->free;
    card->free = slot;
    if (!is_first) {
        // The rest of a frame has no header of its own.
        *length = written;
        return cookie;
    }
    uint32_t header_size = sizeof(*header) - card->header_at;
    bool is_whole = written >= header_size;
    *length = is_whole ? written - header_size : 0;
    *is_checked = is_whole && (header->flags & (NEEDS_CHECKSUM | CHECKSUM_IS_GOOD)) != 0;
    *pieces = is_whole && card->merges && header->buffers > 0 ? header->buffers : 1;
    return cookie;
}

static bool send(struct network_card *any, void *buffer, uint32_t length, uint16_t checksum_start,
                 uint16_t checksum_offset, void *cookie) {
    struct virtio_card *card = own(any);
    const struct frame_header header = {.flags = checksum_start != 0 ? NEEDS_CHECKSUM : 0,
                                        .checksum_start = checksum_start,
                                        .checksum_offset = checksum_offset};
    struct virtq_buffer list[2];
    // A shorter header lacks what is last.
    memcpy((char *)buffer + card->header_at, &header, sizeof(header) - card->header_at);
    return virtq_add(card->out, list, pieces_of(card, buffer, length, list), 0, cookie);
}

static void *sent(struct network_card *card) { return virtq_take(own(card)->out, NULL); }

static void kick(struct network_card *any) {
    struct virtio_card *card = own(any);
    virtq_kick(card->in);
    virtq_kick(card->out);
}

static void interrupts(struct network_card *any, bool when_sent) {
    struct virtio_card *card = own(any);
    virtq_interrupts(card->in, true);
    virtq_interrupts(card->out, when_sent);
}

static const struct network_card_driver driver = {
    .offer = offer, .received = received, .send = send, .sent = sent, .kick = kick, .interrupts = interrupts};

static void read_facts(struct virtio_device *dev, struct network_card_facts *facts) {
    static const uint8_t usual[6] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
    const struct virtio_transport *t = dev->transport;
    for (unsigned i = 0; i < 6; i++) {
        facts->mac[i] = virtio_has(dev, FEATURE_MAC) ? (uint8_t)t->config(dev, CONFIG_MAC + i, 1) : usual[i];
    }
    facts->mtu = virtio_has(dev, FEATURE_MTU) ? (uint32_t)t->config(dev, CONFIG_MTU, 2) : USUAL_MTU;
    facts->checksums = virtio_has(dev, FEATURE_CHECKSUM);
}

static struct network_card *start(struct virtio_device *dev, struct network_card_facts *facts) {
    uint64_t wanted = 1u << FEATURE_CHECKSUM | 1u << FEATURE_GUEST_CHECKSUM | 1u << FEATURE_MTU | 1u << FEATURE_MAC |
                      1u << FEATURE_MERGES;
    struct virtio_card *card = virtio_negotiate(dev, wanted) ? kzalloc(sizeof(*card)) : NULL;
    if (card == NULL) {
        virtio_fail(dev);
        return NULL;
    }
    card->dev = dev;
    card->card.driver = &driver;
    card->merges = virtio_has(dev, FEATURE_MERGES);
    card->header_at = dev->transport->is_legacy && !card->merges ? sizeof(uint16_t) : 0;
    card->is_apart = dev->transport->is_legacy && !virtio_has(dev, VIRTIO_F_ANY_LAYOUT);
    for (unsigned i = 0; i < QUEUE_SIZE; i++) {
        card->slots[i].next = card->free;
        card->free = &card->slots[i];
    }
    read_facts(dev, facts);
    card->in = virtq_create(dev, 0, QUEUE_SIZE);
    card->out = virtq_create(dev, 1, QUEUE_SIZE);
    if (card->in == NULL || card->out == NULL || !virtio_start(dev, interrupted, card)) {
        virtio_fail(dev);
        return NULL;
    }
    virtq_interrupts(card->out, false);
    facts->receive_buffers = card->in->size < QUEUE_SIZE ? card->in->size : QUEUE_SIZE;
    facts->send_buffers = card->out->size;
    return &card->card;
}

struct network_card *virtio_net_next(struct network_card_facts *facts) {
    struct virtio_device *dev;
    while ((dev = virtio_take(VIRTIO_NET)) != NULL) {
        struct network_card *card = start(dev, facts);
        if (card != NULL) {
            return card;
        }
        klog("a network card could not be started");
    }
    return NULL;
}
