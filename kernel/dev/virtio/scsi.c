// Virtio SCSI adapters (VIRTIO 1.1, 5.6): the disks behind one share its ring.
#include "dev/virtio/scsi.h"

#include "arch/clock.h"
#include "arch/cpu.h"
#include "arch/insn.h"
#include "arch/paging.h"
#include "dev/block_queue.h"
#include "dev/console.h"
#include "dev/scsi.h"
#include "dev/virtio/virtqueue.h"
#include "lib/errno.h"
#include "lib/list.h"
#include "lib/string.h"
#include "mem/heap.h"

enum { CONFIG_SEG_MAX = 4, CONFIG_SECTORS_MAX = 8, CONFIG_SENSE = 20, CONFIG_CDB = 24, CONFIG_TARGET_MAX = 30 };
enum { USUAL_SENSE = 96, USUAL_CDB = 32 };
enum { REQUEST_QUEUE = 2, QUEUE_SIZE = 128, CHAIN_MAX = BLOCK_SEGMENTS + 3, REQUESTS = 24 };
enum { DISKS_MOST = 16, LUNS_MOST = 16, TARGETS_MOST = 256 };
/// What the device says of a request as a whole.
enum { RESPONSE_OK = 0, RESPONSE_ABORTED = 2, RESPONSE_RESET = 4, RESPONSE_BUSY = 5, RESPONSE_UNSET = 0xff };
/// While looking for disks: how long an answer may take, and how often a question is asked.
#define PATIENCE_NS 5000000000ull
enum { TRIES = 5 };

/// What the device reads first.
struct header {
    uint8_t lun[8];
    uint64_t id;
    uint8_t attribute, priority, reference, cdb[USUAL_CDB];
} __attribute__((packed));

/// What it writes, before the data.
struct answer {
    uint32_t sense_length, residual;
    uint16_t qualifier;
    uint8_t status, response, sense[USUAL_SENSE];
} __attribute__((packed));

/// In the heap, so that each is contiguous.
struct command {
    struct header header;
    struct answer answer;
    uint8_t list[SCSI_UNMAP_LIST];
    bool is_taken;
    struct disk *disk; // null: a question at the start
    unsigned place;
    int result; // of a question
    bool is_done;
};

struct adapter {
    struct virtio_device *dev;
    struct virtqueue *ring;
    uint32_t segments_most;
    uint64_t sectors_most;
    bool is_stopped;
    struct command commands[REQUESTS];
    struct disk *disks[DISKS_MOST];
    unsigned disk_count;
    uint8_t *data; // SCSI_ANSWER bytes, for questions
};

struct disk {
    struct block_queue queue;
    struct adapter *adapter;
    uint8_t target;
    uint16_t lun;
};

static struct command *free_command(struct adapter *a) {
    for (unsigned i = 0; i < REQUESTS; i++) {
        if (!a->commands[i].is_taken) {
            return &a->commands[i];
        }
    }
    return NULL;
}

/// To a logical unit, by a number of one level.
static void address(struct command *c, uint8_t target, uint16_t lun) {
    c->header = (struct header){.lun = {1, target, (uint8_t)(0x40 | lun >> 8), (uint8_t)lun}};
    c->answer = (struct answer){.response = RESPONSE_UNSET};
}

/// Puts it into the ring: the header and what is written, the answer and what is read.
static bool offer(struct adapter *a, struct command *c, const struct block_segment *segments, size_t count,
                  bool is_written) {
    struct virtq_buffer buffers[CHAIN_MAX];
    unsigned n = 0, readable;
    buffers[n++] = (struct virtq_buffer){virt_to_phys(&c->header), sizeof(c->header)};
    for (size_t i = 0; is_written && i < count; i++) {
        buffers[n++] = (struct virtq_buffer){segments[i].pa, segments[i].length};
    }
    readable = n;
    buffers[n++] = (struct virtq_buffer){virt_to_phys(&c->answer), sizeof(c->answer)};
    for (size_t i = 0; !is_written && i < count; i++) {
        buffers[n++] = (struct virtq_buffer){segments[i].pa, segments[i].length};
    }
    if (!virtq_add(a->ring, buffers, readable, n - readable, c)) {
        return false;
    }
    c->is_taken = true;
    virtq_kick(a->ring);
    return true;
}

static bool submit(struct block_queue *queue, unsigned place, const struct block_request *request) {
    struct disk *disk = container_of(queue, struct disk, queue);
    struct command *c = free_command(disk->adapter);
    if (c == NULL) {
        return false;
    }
    address(c, disk->target, disk->lun);
    c->disk = disk;
    c->place = place;
    if (request->op == BLOCK_DISCARD) {
        struct block_segment list = {virt_to_phys(c->list), SCSI_UNMAP_LIST};
        scsi_ask_unmap(c->header.cdb, c->list, request);
        return offer(disk->adapter, c, &list, 1, true);
    }
    scsi_ask_transfer(c->header.cdb, request);
    return offer(disk->adapter, c, request->segments, request->count, request->op == BLOCK_WRITE);
}

/// What has become of a command whose answer has so many bytes.
static int result_of(const struct command *c, uint32_t written) {
    const struct answer *a = &c->answer;
    if (written < offsetof(struct answer, sense)) {
        return -EIO;
    }
    if (a->response != RESPONSE_OK) {
        bool again = a->response == RESPONSE_ABORTED || a->response == RESPONSE_RESET || a->response == RESPONSE_BUSY;
        return again ? -EAGAIN : -EIO;
    }
    return scsi_result(a->status, a->sense, a->sense_length < USUAL_SENSE ? a->sense_length : USUAL_SENSE);
}

static void finish(struct command *c, uint32_t written) {
    int result = result_of(c, written);
    c->is_taken = false;
    if (c->disk == NULL) {
        c->result = result;
        c->is_done = true;
        return;
    }
    bool is_flush = c->header.cdb[0] == 0x35, moves_all = c->answer.residual == 0;
    if (is_flush && result == -EOPNOTSUPP) {
        result = 0; // it has no cache
    } else if (result == -EOPNOTSUPP || (result == 0 && !is_flush && !moves_all)) {
        result = -EIO;
    }
    block_queue_done(&c->disk->queue, c->place, result);
}

static void fail_all(struct adapter *a, const char *what) {
    for (unsigned i = 0; i < a->disk_count; i++) {
        block_queue_fail(&a->disks[i]->queue, what);
    }
}

static void collect_all(struct adapter *a) {
    struct command *c;
    uint32_t written;
    bool any = false;
    while (!a->is_stopped && (c = virtq_take(a->ring, &written)) != NULL) {
        finish(c, written);
        any = true;
    }
    if (a->ring->broken) {
        fail_all(a, "answers what it was not asked");
    }
    for (unsigned i = 0; any && i < a->disk_count; i++) {
        wake_all(&a->disks[i]->queue.changed); // there is room for all of them
    }
}

static void collect(struct block_queue *queue) { collect_all(container_of(queue, struct disk, queue)->adapter); }

static void interrupted(void *adapter) { collect_all(adapter); }

static void stop(struct block_queue *queue) {
    struct adapter *a = container_of(queue, struct disk, queue)->adapter;
    if (a->is_stopped) {
        return;
    }
    a->is_stopped = true;
    virtio_stop(a->dev);
    for (unsigned i = 0; i < REQUESTS; i++) {
        a->commands[i].is_taken = false;
    }
    for (unsigned i = 0; i < a->disk_count; i++) {
        block_queue_lose(&a->disks[i]->queue);
    }
}

static bool begin(struct adapter *a) {
    return virtio_negotiate(a->dev, 0) && (a->ring == NULL || virtq_restart(a->ring));
}

static bool start(struct block_queue *queue) {
    struct adapter *a = container_of(queue, struct disk, queue)->adapter;
    if (begin(a)) {
        virtio_run(a->dev);
        a->is_stopped = false;
        return true;
    }
    fail_all(a, "could not be begun anew");
    return false;
}

static const struct block_queue_driver driver = {.submit = submit, .collect = collect, .stop = stop, .start = start};

/// Asks a logical unit while nobody else uses the adapter; the answer comes to `a->data`. 0 or a negative errno.
static int ask(struct adapter *a, uint8_t target, uint16_t lun, const uint8_t cdb[SCSI_CDB]) {
    struct block_segment segment = {virt_to_phys(a->data), SCSI_ANSWER};
    struct command *c = &a->commands[0];
    for (unsigned tries = 0; tries < TRIES; tries++) {
        memset(a->data, 0, SCSI_ANSWER);
        address(c, target, lun);
        memcpy(c->header.cdb, cdb, SCSI_CDB);
        c->disk = NULL;
        c->is_done = false;
        if (a->is_stopped || !offer(a, c, &segment, 1, false)) {
            return -EIO;
        }
        uint64_t deadline = clock_ns() + PATIENCE_NS;
        while (!c->is_done) {
            collect_all(a);
            if (a->ring->broken || clock_ns() > deadline) {
                a->is_stopped = true;
                virtio_stop(a->dev);
                return -EIO;
            }
            cpu_relax();
        }
        if (c->result != -EAGAIN) {
            return c->result;
        }
    }
    return -EIO;
}

/// How much of the data is an answer: what the device has left out is zeros.
static bool find_size(struct adapter *a, struct disk *disk) {
    uint8_t cdb[SCSI_CDB];
    uint64_t sectors = 0;
    uint32_t size = 0;
    scsi_ask_capacity(cdb, false, 8);
    bool is_told = ask(a, disk->target, disk->lun, cdb) == 0 && scsi_capacity(a->data, 8, false, &sectors, &size);
    if (is_told && sectors == 0) {
        scsi_ask_capacity(cdb, true, 32);
        is_told = ask(a, disk->target, disk->lun, cdb) == 0 && scsi_capacity(a->data, 32, true, &sectors, &size);
    }
    if (!is_told || sectors == 0) {
        klog("a SCSI disk (target %u, unit %u) does not tell its size", disk->target, disk->lun);
        return false;
    }
    if (size != SECTOR_SIZE) {
        klog("a SCSI disk (target %u, unit %u) has sectors of %u bytes, which is not supported", disk->target,
             disk->lun, size);
        return false;
    }
    disk->queue.block.sectors = sectors;
    return true;
}

static void find_limits(struct adapter *a, struct disk *disk) {
    struct block_queue *q = &disk->queue;
    uint64_t transfer = 0, discard = 0;
    uint8_t cdb[SCSI_CDB];
    scsi_ask_inquiry(cdb, SCSI_PAGE_LIMITS, 64);
    if (ask(a, disk->target, disk->lun, cdb) == 0) {
        scsi_limits(a->data, 64, &transfer, &discard);
    }
    q->sectors_most = a->sectors_most;
    if (transfer > 0 && transfer < q->sectors_most) {
        q->sectors_most = transfer;
    }
    q->discard_most = discard;
    scsi_ask_inquiry(cdb, SCSI_PAGE_PROVISIONING, 64);
    q->block.can_discard = discard > 0 && ask(a, disk->target, disk->lun, cdb) == 0 && scsi_can_unmap(a->data, 64);
    scsi_ask_mode(cdb, 192);
    q->block.readonly = ask(a, disk->target, disk->lun, cdb) == 0 && scsi_is_write_protected(a->data, 192);
}

static void look_at(struct adapter *a, uint8_t target, uint16_t lun) {
    uint8_t cdb[SCSI_CDB];
    scsi_ask_inquiry(cdb, SCSI_PAGE_STANDARD, 36);
    if (a->disk_count == DISKS_MOST || ask(a, target, lun, cdb) != 0 || !scsi_is_disk(a->data, 36)) {
        return;
    }
    struct disk *disk = kzalloc(sizeof(*disk));
    if (disk == NULL) {
        return;
    }
    disk->adapter = a;
    disk->target = target;
    disk->lun = lun;
    disk->queue = (struct block_queue){.block = {.name = "scsi"},
                                       .driver = &driver,
                                       .places = BLOCK_PLACES,
                                       .segments_most = a->segments_most,
                                       .can_flush = true};
    if (!find_size(a, disk)) {
        kfree(disk);
        return;
    }
    find_limits(a, disk);
    block_queue_add(&disk->queue);
    a->disks[a->disk_count++] = disk;
}

static void look_at_target(struct adapter *a, uint8_t target) {
    uint8_t cdb[SCSI_CDB];
    uint16_t luns[LUNS_MOST];
    unsigned count = 0;
    scsi_ask_luns(cdb, SCSI_ANSWER);
    if (ask(a, target, 0, cdb) != 0) {
        return;
    }
    for (unsigned n = 0; n < SCSI_ANSWER / 8 - 1 && count < LUNS_MOST; n++) {
        count += scsi_lun(a->data, SCSI_ANSWER, n, &luns[count]);
    }
    for (unsigned i = 0; i < count; i++) {
        look_at(a, target, luns[i]);
    }
}

static uint64_t setting(struct virtio_device *dev, unsigned at, unsigned size, uint64_t otherwise) {
    uint64_t value = dev->transport->config(dev, at, size);
    return value == 0 ? otherwise : value;
}

static void take(struct virtio_device *dev) {
    struct adapter *a = kzalloc(sizeof(*a));
    a = a != NULL && (a->data = kzalloc(SCSI_ANSWER)) != NULL ? a : NULL;
    if (a == NULL) {
        klog("there is not enough memory for a SCSI adapter");
        return;
    }
    a->dev = dev;
    uint64_t segments = begin(a) ? setting(dev, CONFIG_SEG_MAX, 4, 1) : 0;
    a->segments_most = segments < BLOCK_SEGMENTS ? (uint32_t)segments : BLOCK_SEGMENTS;
    a->sectors_most = setting(dev, CONFIG_SECTORS_MAX, 4, UINT16_MAX);
    a->ring = segments > 0 ? virtq_create(dev, REQUEST_QUEUE, QUEUE_SIZE) : NULL;
    bool fits = setting(dev, CONFIG_SENSE, 4, USUAL_SENSE) == USUAL_SENSE &&
                setting(dev, CONFIG_CDB, 4, USUAL_CDB) == USUAL_CDB;
    if (a->ring == NULL || a->ring->size < CHAIN_MAX || !fits || !virtio_start(dev, interrupted, a)) {
        klog("a SCSI adapter could not be started");
        virtio_fail(dev);
        return;
    }
    unsigned targets = (unsigned)dev->transport->config(dev, CONFIG_TARGET_MAX, 2) + 1;
    for (unsigned t = 0; t < targets && t < TARGETS_MOST && !a->is_stopped; t++) {
        look_at_target(a, (uint8_t)t);
    }
    if (a->is_stopped) {
        fail_all(a, "is behind an adapter that has stopped to answer");
    }
}

void virtio_scsi_find(void) {
    struct virtio_device *dev;
    bool on = interrupts_disable();
    while ((dev = virtio_take(VIRTIO_SCSI)) != NULL) {
        take(dev);
    }
    interrupts_restore(on);
}
