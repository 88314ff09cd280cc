// Xen's disks: a ring of requests, each with the pages that its data is in.
//
// Data is copied into and out of pages that are the driver's own. They are granted once and used again, so that no call
// of Xen is needed for a request, no other memory can be seen by the back-end, and one that never gives a page back
// does no harm. They are made when they are first needed.
#include "dev/xen/block.h"

#include "arch/paging.h"
#include "dev/block_queue.h"
#include "dev/console.h"
#include "dev/xen/device.h"
#include "dev/xen/disk_ring.h"
#include "dev/xen/events.h"
#include "dev/xen/grants.h"
#include "dev/xen/hypercall.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/list.h"
#include "lib/string.h"
#include "mem/heap.h"
#include "mem/phys.h"

enum { RING_ORDER_MOST = 1, PAGES_MOST = 32, PAGE_SECTORS = PAGE_SIZE / SECTOR_SIZE, READ_ONLY = 4 };

/// The pages of a place in the queue, and what they are used for now.
struct place {
    const struct block_request *request; // null: nothing is in flight
    unsigned page_count;
    char *pages[PAGES_MOST];
    struct disk_segment segments[PAGES_MOST];
    struct disk_segment *list; // a page of segments, where there can be many; null before
    uint32_t list_grant;
};

struct disk {
    struct block_queue queue;
    struct xen_device device;
    struct xen_ring ring;
    uint32_t port;
    unsigned pages_max; // of a request
    char name[16];
    struct place places[BLOCK_PLACES];
};

/// A page that the back-end can use. Null without memory.
static void *make_page(const struct disk *disk, uint32_t *grant) {
    uint64_t pa = phys_alloc_zeroed();
    *grant = pa != 0 ? grant_give(disk->device.peer, pa, false) : 0;
    if (pa != 0 && *grant == 0) {
        phys_free(pa, 0);
    }
    return *grant != 0 ? phys_to_virt(pa) : NULL;
}

/// Makes pages up to what is wanted. False without memory.
static bool make_pages(const struct disk *disk, struct place *p, unsigned wanted) {
    if (wanted > DISK_SEGMENTS_DIRECT && p->list == NULL) {
        p->list = make_page(disk, &p->list_grant);
    }
    while (p->page_count < wanted) {
        char *page = make_page(disk, &p->segments[p->page_count].grant);
        if (page == NULL) {
            return false;
        }
        p->pages[p->page_count++] = page;
    }
    return wanted <= DISK_SEGMENTS_DIRECT || p->list != NULL;
}

/// Moves a request's data between its memory and the pages.
static void copy(struct place *p, bool is_write) {
    uint64_t done = 0;
    for (size_t i = 0; i < p->request->count; i++) {
        const struct block_segment *s = &p->request->segments[i];
        for (uint32_t at = 0; at < s->length;) {
            uint32_t left = s->length - at, in_page = PAGE_SIZE - (uint32_t)(done % PAGE_SIZE);
            uint32_t n = left < in_page ? left : in_page;
            char *page = p->pages[done / PAGE_SIZE] + done % PAGE_SIZE, *memory = (char *)phys_to_virt(s->pa) + at;
            memcpy(is_write ? page : memory, is_write ? memory : page, n);
            done += n;
            at += n;
        }
    }
}

static bool submit(struct block_queue *queue, unsigned number, const struct block_request *request) {
    static const uint8_t operations[] = {[BLOCK_READ] = DISK_READ,
                                         [BLOCK_WRITE] = DISK_WRITE,
                                         [BLOCK_FLUSH] = DISK_FLUSH,
                                         [BLOCK_DISCARD] = DISK_DISCARD};
    struct disk *disk = container_of(queue, struct disk, queue);
    struct place *p = &disk->places[number];
    struct disk_ask ask = {.operation = operations[request->op],
                           .handle = (uint16_t)disk->device.number,
                           .id = number,
                           .sector = request->op == BLOCK_FLUSH ? 0 : request->sector,
                           .sectors = request->sectors,
                           .segments = p->segments};
    if (request->op == BLOCK_READ || request->op == BLOCK_WRITE) {
        ask.count = (unsigned)((request->sectors + PAGE_SECTORS - 1) / PAGE_SECTORS);
        if (!make_pages(disk, p, ask.count)) {
            return false;
        }
        disk_segments_fill(p->segments, (uint32_t)request->sectors);
        ask.list_grant = p->list_grant;
    }
    if (xen_ring_room(&disk->ring) == 0) {
        return false;
    }
    p->request = request;
    if (request->op == BLOCK_WRITE) {
        copy(p, true);
    }
    if (ask.count > DISK_SEGMENTS_DIRECT) {
        memcpy(p->list, p->segments, ask.count * sizeof(*p->list));
    }
    disk_ask_put(xen_ring_ask(&disk->ring), &ask);
    if (xen_ring_publish(&disk->ring)) {
        xen_event_send(disk->port);
    }
    return true;
}

static void collect(struct block_queue *queue) {
    struct disk *disk = container_of(queue, struct disk, queue);
    struct disk_answer answer;
    do {
        while (xen_ring_take(&disk->ring, &answer, sizeof(answer))) {
            struct place *p = answer.id < BLOCK_PLACES ? &disk->places[answer.id] : NULL;
            if (p == NULL || p->request == NULL) {
                disk->ring.broken = true; // an answer to nothing
                break;
            }
            bool is_good = answer.status == DISK_OKAY;
            if (is_good && p->request->op == BLOCK_READ) {
                copy(p, false);
            }
            // A disk that cannot discard has only lost a hint.
            is_good |= p->request->op == BLOCK_DISCARD && answer.status == DISK_CANNOT;
            p->request = NULL;
            block_queue_done(queue, (unsigned)answer.id, is_good ? 0 : -EIO);
        }
    } while (!disk->ring.broken && xen_ring_events(&disk->ring, true));
    if (disk->ring.broken) {
        block_queue_fail(queue, "answers what it was not asked");
    }
}

/// The back-end has no memory but the driver's own pages, which stay.
static void stop(struct block_queue *queue) { (void)queue; }

/// As long as it wants: it is the host's.
static const struct block_queue_driver driver = {.submit = submit, .collect = collect, .stop = stop};

static void interrupted(void *disk) { block_queue_interrupt(&((struct disk *)disk)->queue); }

static void gone(struct xen_device *dev) {
    struct disk *disk = container_of(dev, struct disk, device);
    klog("the host has taken disk %s away", disk->name);
    disk->queue.is_broken = true;
    wake_all(&disk->queue.changed);
}

/// Grants the ring's pages and says so in xenstore.
static bool offer_ring(struct disk *disk) {
    uint64_t most = xen_device_number(&disk->device, "max-ring-page-order", 0);
    unsigned order = most < RING_ORDER_MOST ? (unsigned)most : RING_ORDER_MOST;
    uint64_t pa = phys_alloc(order);
    if (pa == 0) {
        return false;
    }
    memset(phys_to_virt(pa), 0, (size_t)PAGE_SIZE << order);
    xen_ring_init(&disk->ring, phys_to_virt(pa), (size_t)PAGE_SIZE << order, DISK_ASK_SIZE);
    bool right = order == 0 || xen_device_write(&disk->device, "ring-page-order", order);
    for (unsigned i = 0; i < 1u << order; i++) {
        char name[16] = "ring-ref";
        uint32_t grant = grant_give(disk->device.peer, pa + (uint64_t)i * PAGE_SIZE, false);
        if (order > 0) {
            format_text(name, sizeof(name), "ring-ref%u", i);
        }
        right = right && grant != 0 && xen_device_write(&disk->device, name, grant);
    }
    return right;
}

/// What the back-end says of itself once it is connected.
static void read_facts(struct disk *disk) {
    const struct xen_device *dev = &disk->device;
    uint64_t indirect = xen_device_number(dev, "feature-max-indirect-segments", 0);
    disk->pages_max = indirect <= DISK_SEGMENTS_DIRECT ? DISK_SEGMENTS_DIRECT
                      : indirect < PAGES_MOST          ? (unsigned)indirect
                                                       : PAGES_MOST;
    format_text(disk->name, sizeof(disk->name), "xen-%u", dev->number);
    disk->queue = (struct block_queue){.block = {.name = disk->name,
                                                 .sectors = xen_device_number(dev, "sectors", 0),
                                                 .readonly = (xen_device_number(dev, "info", 0) & READ_ONLY) != 0,
                                                 .can_discard = xen_device_number(dev, "feature-discard", 0) != 0},
                                       .driver = &driver,
                                       .places = BLOCK_PLACES,
                                       .segments_most = BLOCK_SEGMENTS,
                                       .sectors_most = (uint64_t)disk->pages_max * PAGE_SECTORS,
                                       .can_flush = xen_device_number(dev, "feature-flush-cache", 0) != 0};
    wait_queue_init(&disk->queue.changed);
}

/// Goes through the handshake. False where the back-end does not take part, or there is no memory.
static bool connect(struct disk *disk) {
    struct xen_device *dev = &disk->device;
    if (!xen_device_wait(dev, XEN_INIT_WAIT) || !offer_ring(disk)) {
        return false;
    }
    disk->queue.is_stopped = true; // until there is a queue
    disk->port = xen_event_open(dev->peer, interrupted, disk);
    if (disk->port == 0 || !xen_device_write(dev, "event-channel", disk->port) ||
        !xen_device_write_text(dev, "protocol", "x86_64-abi") || !xen_device_write(dev, "feature-persistent", 1) ||
        !xen_device_state(dev, XEN_INITIALISED) || !xen_device_wait(dev, XEN_CONNECTED)) {
        return false;
    }
    read_facts(disk);
    // These have all their pages now: what is written to make room for others, and what is written when nothing works
    // any more, must not need memory.
    return disk->queue.block.sectors != 0 && make_pages(disk, &disk->places[0], disk->pages_max) &&
           make_pages(disk, &disk->places[BLOCK_PLACES - 1], disk->pages_max) && xen_device_state(dev, XEN_CONNECTED);
}

void xen_block_find(void) {
    for (uint64_t from = 0;;) {
        struct disk *disk = kzalloc(sizeof(*disk));
        if (disk == NULL || !xen_device_next("vbd", from, &disk->device)) {
            kfree(disk);
            return;
        }
        from = (uint64_t)disk->device.number + 1;
        wait_queue_init(&disk->queue.changed);
        if (connect(disk)) {
            xen_device_follow(&disk->device, gone);
            block_queue_add(&disk->queue);
        } else {
            // It stays: its ring may be in use.
            klog("the disk %u of Xen could not be started", disk->device.number);
            xen_device_fail(&disk->device);
        }
    }
}
