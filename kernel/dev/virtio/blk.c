// Virtio disks (VIRTIO 1.1, 5.2): several requests in flight, each with as many pieces of memory as the device takes.
#include "dev/virtio/blk.h"

#include "arch/cpu.h"
#include "arch/insn.h"
#include "arch/paging.h"
#include "dev/block.h"
#include "dev/virtio/virtqueue.h"
#include "lib/errno.h"
#include "mem/heap.h"
#include "sched/thread_state.h"
#include "sched/wait.h"

enum { FEATURE_SEG_MAX = 2, FEATURE_READ_ONLY = 5, FEATURE_FLUSH = 9 };
enum { CONFIG_CAPACITY = 0, CONFIG_SEG_MAX = 12 };
enum { REQUEST_READ = 0, REQUEST_WRITE = 1, REQUEST_FLUSH = 4, STATUS_OK = 0, STATUS_UNSET = 0xff };
enum { QUEUE_SIZE = 128, REQUESTS = 16, SEGMENTS_MAX = 32, CHAIN_MAX = SEGMENTS_MAX + 2 };

/// What the device reads first, and writes last. In the heap, so that it is contiguous.
struct request {
    uint32_t type, reserved;
    uint64_t sector;
    volatile uint8_t status;
    bool taken;
    volatile bool done;
};

struct disk {
    struct block_device block;
    struct virtqueue *queue;
    struct wait_queue changed; // a request is done, or free
    uint32_t segments_max;
    bool can_flush;
    struct request requests[REQUESTS];
};

static void collect(struct disk *disk) {
    struct request *r;
    while ((r = virtq_take(disk->queue, NULL)) != NULL) {
        r->done = true;
    }
}

static void interrupted(void *driver) {
    struct disk *disk = driver;
    collect(disk);
    wake_all(&disk->changed);
}

static bool is_done(struct disk *disk, const struct request *r) {
    (void)disk;
    return r->done;
}

static struct request *free_request(struct disk *disk) {
    for (unsigned i = 0; i < REQUESTS; i++) {
        if (!disk->requests[i].taken) {
            return &disk->requests[i];
        }
    }
    return NULL;
}

static bool can_offer(struct disk *disk, const struct request *unused) {
    (void)unused;
    return disk->queue->broken || (free_request(disk) != NULL && virtq_room(disk->queue) >= CHAIN_MAX);
}

/// Waits until the claim holds: asleep where a thread can sleep, else by looking. With interrupts off, which come on
/// while it sleeps.
static void wait_until(struct disk *disk, bool (*claim)(struct disk *, const struct request *),
                       const struct request *r) {
    if (!sched_can_sleep()) {
        while (!claim(disk, r) && !disk->queue->broken) {
            collect(disk);
            cpu_relax();
        }
        return;
    }
    struct waiter w;
    wait_begin(&disk->changed, &w);
    while (!claim(disk, r) && !disk->queue->broken) {
        wait_sleep_uninterrupted(&w, WAIT_FOREVER);
    }
    wait_end(&w);
}

/// One request, from its place in the queue to its end. With interrupts off: their handler takes from the same queue.
static int run_alone(struct disk *disk, uint32_t type, uint64_t sector, const struct block_segment *segments,
                     size_t count) {
    struct virtq_buffer buffers[CHAIN_MAX];
    wait_until(disk, can_offer, NULL);
    struct request *r = free_request(disk);
    if (r == NULL || disk->queue->broken) {
        return -EIO;
    }
    r->type = type;
    r->reserved = 0;
    r->sector = sector;
    r->status = STATUS_UNSET;
    r->done = false;
    r->taken = true;
    unsigned n = 0;
    buffers[n++] = (struct virtq_buffer){virt_to_phys(r), 16};
    for (size_t i = 0; i < count; i++) {
        buffers[n++] = (struct virtq_buffer){segments[i].pa, segments[i].length};
    }
    buffers[n++] = (struct virtq_buffer){virt_to_phys((const void *)(uintptr_t)&r->status), 1};
    unsigned readable = type == REQUEST_READ ? 1 : n - 1;
    bool added = virtq_add(disk->queue, buffers, readable, n - readable, r);
    if (added) {
        virtq_kick(disk->queue);
        wait_until(disk, is_done, r);
    }
    int result = added && r->done && r->status == STATUS_OK ? 0 : -EIO;
    r->taken = added && !r->done; // a broken device may still write to it
    wake_all(&disk->changed);
    return result;
}

static int run(struct disk *disk, uint32_t type, uint64_t sector, const struct block_segment *segments, size_t count) {
    bool on = interrupts_disable();
    int result = run_alone(disk, type, sector, segments, count);
    interrupts_restore(on);
    return result;
}

static int transfer(struct block_device *block, enum block_op op, uint64_t sector, const struct block_segment *segments,
                    size_t count) {
    struct disk *disk = container_of(block, struct disk, block);
    if (op == BLOCK_FLUSH) {
        return disk->can_flush ? run(disk, REQUEST_FLUSH, 0, NULL, 0) : 0;
    }
    uint32_t type = op == BLOCK_READ ? REQUEST_READ : REQUEST_WRITE;
    for (size_t i = 0; i < count;) {
        size_t n = count - i < disk->segments_max ? count - i : disk->segments_max;
        uint64_t bytes = 0;
        for (size_t k = 0; k < n; k++) {
            bytes += segments[i + k].length;
        }
        int result = run(disk, type, sector, segments + i, n);
        if (result != 0) {
            return result;
        }
        sector += bytes / SECTOR_SIZE;
        i += n;
    }
    return 0;
}

static void start(struct virtio_device *dev) {
    struct disk *disk = kzalloc(sizeof(*disk));
    uint64_t wanted = 1ull << FEATURE_SEG_MAX | 1ull << FEATURE_READ_ONLY | 1ull << FEATURE_FLUSH;
    if (disk == NULL || !virtio_negotiate(dev, wanted)) {
        kfree(disk);
        return;
    }
    disk->queue = virtq_create(dev, 0, QUEUE_SIZE);
    wait_queue_init(&disk->changed);
    disk->can_flush = virtio_has(dev, FEATURE_FLUSH);
    disk->segments_max = SEGMENTS_MAX;
    if (virtio_has(dev, FEATURE_SEG_MAX)) {
        uint64_t most = dev->transport->config(dev, CONFIG_SEG_MAX, 4);
        disk->segments_max = most == 0 ? 1 : most < disk->segments_max ? (uint32_t)most : disk->segments_max;
    }
    if (disk->queue == NULL || disk->queue->size < CHAIN_MAX || !virtio_start(dev, interrupted, disk)) {
        virtio_fail(dev);
        return;
    }
    disk->block = (struct block_device){.name = "virtio",
                                        .sectors = dev->transport->config(dev, CONFIG_CAPACITY, 8),
                                        .readonly = virtio_has(dev, FEATURE_READ_ONLY),
                                        .transfer = transfer};
    block_device_add(&disk->block);
}

void virtio_blk_find(void) {
    struct virtio_device *dev;
    while ((dev = virtio_take(VIRTIO_BLOCK)) != NULL) {
        start(dev);
    }
}
