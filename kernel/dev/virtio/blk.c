// Virtio disks (VIRTIO 1.1, 5.2).
#include "dev/virtio/blk.h"

#include "arch/paging.h"
#include "dev/block_queue.h"
#include "dev/virtio/virtqueue.h"
#include "lib/errno.h"
#include "lib/list.h"
#include "mem/heap.h"

enum { FEATURE_SEG_MAX = 2, FEATURE_READ_ONLY = 5, FEATURE_FLUSH = 9, FEATURE_DISCARD = 13 };
enum { CONFIG_CAPACITY = 0, CONFIG_SEG_MAX = 12, CONFIG_DISCARD_SECTORS = 36 };
enum {
    REQUEST_READ = 0,
    REQUEST_WRITE = 1,
    REQUEST_FLUSH = 4,
    REQUEST_DISCARD = 11,
    STATUS_OK = 0,
    STATUS_UNSET = 0xff
};
enum { QUEUE_SIZE = 128, HEADER = 16, CHAIN_MAX = BLOCK_SEGMENTS + 2 };

/// What the device reads first, and writes last. In the heap, so that it is contiguous.
struct request {
    uint32_t type, reserved;
    uint64_t sector;
    struct {
        uint64_t sector;
        uint32_t sectors, flags;
    } range; // of a discard
    volatile uint8_t status;
};

struct disk {
    struct block_queue queue;
    struct virtio_device *dev;
    struct virtqueue *ring;
    struct request requests[BLOCK_PLACES];
};

static bool submit(struct block_queue *queue, unsigned place, const struct block_request *what) {
    static const uint32_t types[] = {[BLOCK_READ] = REQUEST_READ,
                                     [BLOCK_WRITE] = REQUEST_WRITE,
                                     [BLOCK_FLUSH] = REQUEST_FLUSH,
                                     [BLOCK_DISCARD] = REQUEST_DISCARD};
    struct disk *disk = container_of(queue, struct disk, queue);
    struct request *r = &disk->requests[place];
    struct virtq_buffer buffers[CHAIN_MAX];
    unsigned n = 0;
    bool moves = what->op == BLOCK_READ || what->op == BLOCK_WRITE;
    *r = (struct request){.type = types[what->op], .sector = moves ? what->sector : 0, .status = STATUS_UNSET};
    buffers[n++] = (struct virtq_buffer){virt_to_phys(r), HEADER};
    for (size_t i = 0; i < what->count; i++) {
        buffers[n++] = (struct virtq_buffer){what->segments[i].pa, what->segments[i].length};
    }
    if (what->op == BLOCK_DISCARD) {
        r->range.sector = what->sector;
        r->range.sectors = (uint32_t)what->sectors;
        buffers[n++] = (struct virtq_buffer){virt_to_phys(&r->range), sizeof(r->range)};
    }
    buffers[n++] = (struct virtq_buffer){virt_to_phys((const void *)(uintptr_t)&r->status), 1};
    unsigned readable = what->op == BLOCK_READ ? 1 : n - 1;
    if (!virtq_add(disk->ring, buffers, readable, n - readable, r)) {
        return false;
    }
    virtq_kick(disk->ring);
    return true;
}

static void collect(struct block_queue *queue) {
    struct disk *disk = container_of(queue, struct disk, queue);
    struct request *r;
    while ((r = virtq_take(disk->ring, NULL)) != NULL) {
        block_queue_done(queue, (unsigned)(r - disk->requests), r->status == STATUS_OK ? 0 : -EIO);
    }
    if (disk->ring->broken) {
        block_queue_fail(queue, "answers what it was not asked");
    }
}

static void stop(struct block_queue *queue) { virtio_stop(container_of(queue, struct disk, queue)->dev); }

/// As long as it wants: it is the host's own disk, or what the host takes for one.
static const struct block_queue_driver driver = {.submit = submit, .collect = collect, .stop = stop};

static void interrupted(void *disk) { block_queue_interrupt(&((struct disk *)disk)->queue); }

static void start(struct virtio_device *dev) {
    struct disk *disk = kzalloc(sizeof(*disk));
    uint64_t wanted =
        1ull << FEATURE_SEG_MAX | 1ull << FEATURE_READ_ONLY | 1ull << FEATURE_FLUSH | 1ull << FEATURE_DISCARD;
    if (disk == NULL || !virtio_negotiate(dev, wanted)) {
        kfree(disk);
        return;
    }
    struct block_queue *q = &disk->queue;
    disk->dev = dev;
    disk->ring = virtq_create(dev, 0, QUEUE_SIZE);
    *q = (struct block_queue){.block = {.name = "virtio", .readonly = virtio_has(dev, FEATURE_READ_ONLY)},
                              .driver = &driver,
                              .places = BLOCK_PLACES,
                              .segments_most = BLOCK_SEGMENTS,
                              .can_flush = virtio_has(dev, FEATURE_FLUSH)};
    wait_queue_init(&q->changed);
    if (virtio_has(dev, FEATURE_SEG_MAX)) {
        uint64_t most = dev->transport->config(dev, CONFIG_SEG_MAX, 4);
        q->segments_most = most == 0 ? 1 : most < q->segments_most ? (uint32_t)most : q->segments_most;
    }
    if (virtio_has(dev, FEATURE_DISCARD)) {
        q->discard_most = dev->transport->config(dev, CONFIG_DISCARD_SECTORS, 4);
        q->block.can_discard = q->discard_most > 0;
    }
    if (disk->ring == NULL || disk->ring->size < CHAIN_MAX || !virtio_start(dev, interrupted, disk)) {
        virtio_fail(dev);
        return;
    }
    q->block.sectors = dev->transport->config(dev, CONFIG_CAPACITY, 8);
    block_queue_add(q);
}

void virtio_blk_find(void) {
    struct virtio_device *dev;
    while ((dev = virtio_take(VIRTIO_BLOCK)) != NULL) {
        start(dev);
    }
}
