// Split virtqueues (VIRTIO 1.1, 2.6): descriptors, the ring of what we offer, the ring of what the device has used.
//
// A queue belongs to the code that has interrupts masked: its device's interrupt handler may take from it at any other
// moment. Only one that its handler leaves alone may be used with interrupts on.
//
// No interrupt gets lost: where virtq_take has nothing to give and interrupts are wanted, one comes with the next
// chain.
#pragma once

#include "dev/virtio/virtio.h"

/// The device's view: little-endian, and so are we.
struct virtq_desc {
    uint64_t pa;
    uint32_t length;
    uint16_t flags, next;
};

struct virtq_used_element {
    uint32_t id, length;
};

/// A piece of physically contiguous memory.
struct virtq_buffer {
    uint64_t pa;
    uint32_t length;
};

struct virtqueue {
    struct virtio_device *dev;
    uint16_t index;
    uint16_t size; // a power of two
    struct virtq_desc *desc;
    size_t bytes; // of the three rings, which lie behind each other
    volatile uint16_t *avail; // flags, index, ring[size], used_event
    volatile uint16_t *used; // flags, index, ring of elements, avail_event
    volatile uint8_t *doorbell;
    uint32_t doorbell_value;
    bool doorbell_wide; // 32 bits
    uint16_t port; // of a legacy device, in place of the doorbell
    bool broken; // the device wrote nonsense; nothing is taken from it any more
    bool is_wanted; // an interrupt, at the next chain that is used
    uint16_t free_head, free_count;
    uint16_t offered; // our index
    uint16_t notified; // our index at the last look whether to ring
    uint16_t taken; // how far we have read what is used
    void **cookies; // by head descriptor; null: not in flight
};

/// Makes queue `index` with at most `max_size` entries; of a legacy device, with as many as it has. Null without memory
/// or if the device has no such queue.
struct virtqueue *virtq_create(struct virtio_device *dev, uint16_t index, uint16_t max_size);

/// Gives the queue to a device that was reset and negotiated with, with nothing in it. False: it refuses.
bool virtq_restart(struct virtqueue *q);

/// Offers a chain: `readable` buffers that the device reads, then `writable` ones. `cookie` must not be null;
/// virtq_take gives it back. False if there are not enough free descriptors.
bool virtq_add(struct virtqueue *q, const struct virtq_buffer *buffers, unsigned readable, unsigned writable,
               void *cookie);
static inline unsigned virtq_room(const struct virtqueue *q) { return q->free_count; }

/// Tells the device about everything added since, if it wants to know.
void virtq_kick(struct virtqueue *q);

/// The cookie of the next chain that the device is done with, and how many bytes it wrote (never more than the chain
/// has room for); null when there is none: then the next one interrupts, if that is wanted.
void *virtq_take(struct virtqueue *q, uint32_t *written);

/// Whether used chains are to interrupt; a new queue's do. After it has been turned on, a thread that is to sleep takes
/// what there is until virtq_take gives null. An interrupt may still come that is not wanted any more.
void virtq_interrupts(struct virtqueue *q, bool are_wanted);
