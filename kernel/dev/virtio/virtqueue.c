// Split virtqueues. Everything that the device writes (indices, identifiers, lengths) is checked before it is used.
//
// x86 keeps stores in order and loads in order; only "publish, then look whether to ring" needs a real barrier.
#include "dev/virtio/virtqueue.h"

#include "arch/insn.h"
#include "arch/paging.h"
#include "arch/pci_config.h"
#include "dev/console.h"
#include "lib/string.h"
#include "mem/heap.h"

enum { DESC_NEXT = 1, DESC_WRITE = 2, USED_NO_NOTIFY = 1, AVAIL_NO_INTERRUPT = 1 };
enum { RING_START = 2, USED_ELEMENT_WORDS = 4 };

static volatile uint16_t *used_event(struct virtqueue *q) { return &q->avail[RING_START + q->size]; }

static uint16_t avail_event(const struct virtqueue *q) { return q->used[RING_START + USED_ELEMENT_WORDS * q->size]; }

static bool alloc_rings(struct virtqueue *q) {
    size_t desc = sizeof(struct virtq_desc) * q->size;
    size_t avail = sizeof(uint16_t) * (RING_START + q->size + 1u);
    size_t used = sizeof(uint16_t) * (RING_START + USED_ELEMENT_WORDS * q->size + 1u);
    // One block: 16-byte aligned, and physically contiguous as all heap memory is. The old interface wants it to begin
    // at a page, and what is used at another: such a block is larger than one, and so begins at one.
    size_t alignment = q->dev->transport->is_legacy ? PAGE_SIZE : 4;
    avail = ((desc + avail + alignment - 1) & ~(alignment - 1)) - desc;
    char *rings = kzalloc(desc + avail + used);
    q->cookies = kzalloc(sizeof(void *) * q->size);
    if (rings == NULL || q->cookies == NULL) {
        kfree(rings);
        kfree(q->cookies);
        return false;
    }
    q->bytes = desc + avail + used;
    q->desc = (struct virtq_desc *)rings;
    q->avail = (uint16_t *)(rings + desc);
    q->used = (uint16_t *)(rings + desc + avail);
    return true;
}

/// Gives the device a queue that nothing is in.
static bool give(struct virtqueue *q) {
    for (uint16_t i = 0; i < q->size; i++) {
        q->desc[i].next = (uint16_t)(i + 1);
    }
    q->free_head = q->offered = q->notified = q->taken = 0;
    q->free_count = q->size;
    q->is_wanted = true; // the rings are all zeros: so they say
    return q->dev->transport->enable_queue(q->dev, q);
}

struct virtqueue *virtq_create(struct virtio_device *dev, uint16_t index, uint16_t max_size) {
    uint16_t offered = dev->transport->queue_size(dev, index);
    bool is_legacy = dev->transport->is_legacy;
    uint16_t size = is_legacy ? offered : max_size;
    while (size > offered) {
        size /= 2;
    }
    if ((size & (size - 1)) != 0) {
        return NULL;
    }
    struct virtqueue *q = size == 0 ? NULL : kzalloc(sizeof(*q));
    if (q == NULL) {
        return NULL;
    }
    q->dev = dev;
    q->index = index;
    q->size = size;
    if (!alloc_rings(q)) {
        kfree(q);
        return NULL;
    }
    if (!give(q)) {
        kfree(q->desc);
        kfree(q->cookies);
        kfree(q);
        return NULL;
    }
    return q;
}

bool virtq_restart(struct virtqueue *q) {
    uint16_t offered = q->dev->transport->queue_size(q->dev, q->index);
    if (offered < q->size || (q->dev->transport->is_legacy && offered != q->size)) {
        return false;
    }
    memset((void *)q->desc, 0, q->bytes);
    memset(q->cookies, 0, sizeof(void *) * q->size);
    q->broken = false;
    return give(q);
}

bool virtq_add(struct virtqueue *q, const struct virtq_buffer *buffers, unsigned readable, unsigned writable,
               void *cookie) {
    unsigned count = readable + writable;
    if (count == 0 || count > q->free_count || q->broken) {
        return false;
    }
    uint16_t head = q->free_head;
    uint16_t at = head;
    for (unsigned i = 0; i < count; i++) {
        struct virtq_desc *d = &q->desc[at];
        d->pa = buffers[i].pa;
        d->length = buffers[i].length;
        d->flags = (uint16_t)((i + 1 < count ? DESC_NEXT : 0) | (i >= readable ? DESC_WRITE : 0));
        at = d->next;
    }
    q->free_head = at;
    q->free_count = (uint16_t)(q->free_count - count);
    q->cookies[head] = cookie;
    q->avail[RING_START + q->offered % q->size] = head;
    compiler_barrier();
    q->avail[1] = ++q->offered;
    return true;
}

void virtq_kick(struct virtqueue *q) {
    uint16_t before = q->notified;
    if (before == q->offered) {
        return;
    }
    q->notified = q->offered;
    memory_barrier();
    bool ring = virtio_has(q->dev, VIRTIO_F_EVENT_IDX)
                    ? (uint16_t)(q->offered - avail_event(q) - 1) < (uint16_t)(q->offered - before)
                    : (q->used[0] & USED_NO_NOTIFY) == 0;
    if (!ring) {
        return;
    }
    if (q->port != 0) {
        pci_port_write(q->port, 2, q->index);
    } else if (q->doorbell_wide) {
        *(volatile uint32_t *)q->doorbell = q->doorbell_value;
    } else {
        *(volatile uint16_t *)q->doorbell = (uint16_t)q->doorbell_value;
    }
}

/// Returns a chain's descriptors; how many bytes of it the device could write.
static uint64_t free_chain(struct virtqueue *q, uint16_t head) {
    uint64_t writable = 0;
    uint16_t at = head;
    unsigned count = 1;
    for (;; count++) {
        const struct virtq_desc *d = &q->desc[at];
        writable += (d->flags & DESC_WRITE) != 0 ? d->length : 0;
        if ((d->flags & DESC_NEXT) == 0) {
            break;
        }
        at = d->next;
    }
    q->desc[at].next = q->free_head;
    q->free_head = head;
    q->free_count = (uint16_t)(q->free_count + count);
    return writable;
}

/// With VIRTIO_F_EVENT_IDX the device interrupts when it passes a point in the ring of what is used: at the next chain,
/// or one that is 2^16 away. A point that it has passed already would never do: after setting it, look at the ring
/// again.
static void set_point(struct virtqueue *q) { *used_event(q) = (uint16_t)(q->is_wanted ? q->taken : q->taken - 1); }

/// Whether there is something to take. If not, the point is where we are: it has to be moved only then, not with each
/// chain.
static bool has_used(struct virtqueue *q) {
    if (q->taken == q->used[1] && q->is_wanted && virtio_has(q->dev, VIRTIO_F_EVENT_IDX) &&
        *used_event(q) != q->taken) {
        set_point(q);
        memory_barrier();
    }
    return q->taken != q->used[1];
}

void virtq_interrupts(struct virtqueue *q, bool are_wanted) {
    q->is_wanted = are_wanted;
    if (virtio_has(q->dev, VIRTIO_F_EVENT_IDX)) {
        set_point(q);
    } else {
        q->avail[0] = are_wanted ? 0 : AVAIL_NO_INTERRUPT;
    }
    if (are_wanted) {
        memory_barrier();
    }
}

void *virtq_take(struct virtqueue *q, uint32_t *written) {
    if (q->broken || !has_used(q)) {
        return NULL;
    }
    compiler_barrier();
    const volatile struct virtq_used_element *element =
        (const volatile struct virtq_used_element *)&q->used[RING_START + USED_ELEMENT_WORDS * (q->taken % q->size)];
    uint32_t id = element->id;
    uint32_t length = element->length;
    if (id >= q->size || q->cookies[id] == NULL) {
        q->broken = true;
        klog("a virtio device of type %u returned a request that it was not given", q->dev->type);
        return NULL;
    }
    q->taken++;
    void *cookie = q->cookies[id];
    q->cookies[id] = NULL;
    uint64_t writable = free_chain(q, (uint16_t)id);
    if (written != NULL) {
        *written = length < writable ? length : (uint32_t)writable;
    }
    return cookie;
}
