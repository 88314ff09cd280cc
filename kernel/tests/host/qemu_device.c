// See qemu_device.h. Names of QEMU's functions are in the comments, for comparison.

#include "qemu_device.h"
#include "arch/insn.h"
#include "arch/paging.h"
#include "arch/pci_config.h"
#include "dev/console.h"
#include "lib/panic.h"
#include "random.h"
#include "threads_on_host.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_PORT = 0x1000,
    QUEUES = 4,
    NOT_RUNG = 0xffff,
    DESC_NEXT = 1,
    DESC_WRITE = 2,
    NO_INTERRUPT = 1,
    NO_NOTIFY = 1
};

char *physical_memory = (char *)PAGE_SIZE;

struct queue {
    const struct virtqueue *drivers;
    volatile uint32_t doorbell; // what the driver has written
    struct virtq_desc *desc;
    volatile uint16_t *avail, *used;
    uint16_t size, last_avail, used_index, signalled_used;
    uint16_t flags, avail_index, used_event; // what the driver has written, as far as it is seen here
    bool signalled_used_is_valid;
    bool looks; // until it finds the queue empty: then it has to be rung for
    bool is_quiet; // while it looks it does not want to be rung for (virtio_queue_set_notification)
    bool is_stopped; // somebody behind it takes no more: throttled
    bool has_pushed; // and not asked yet whether to interrupt
    bool interrupts; // so decided, and not done yet
    struct chain chains[CHAINS_MOST];
    unsigned count; // of chains that it works on
};

static struct device {
    struct virtio_device virtio;
    struct device_work work;
    uint8_t status;
    struct queue queues[QUEUES], *selected;
    bool is_pending; // its interrupt
} *device;

static unsigned complaints;
bool device_is_quiet;

void klog(const char *format, ...) {
    va_list arguments;
    complaints++;
    if (device_is_quiet) return;
    va_start(arguments, format);
    printf("# ");
    vprintf(format, arguments);
    putchar('\n');
    va_end(arguments);
}

unsigned device_complaints(void) { return complaints; }

static bool has_points(void) { return virtio_has(&device->virtio, VIRTIO_F_EVENT_IDX); }

/// The driver's processor keeps what it writes for itself for a while: it is seen here when that wants it to be, or by
/// and by.
static void see(struct queue *q) {
    if (!q->desc) return;
    q->flags = q->avail[0];
    q->avail_index = q->avail[1];
    q->used_event = q->avail[2 + q->size];
}

static volatile uint16_t *avail_event(struct queue *q) { return &q->used[2 + 4 * q->size]; }

/// virtio_queue_set_notification
static void want_doorbell(struct queue *q, bool wanted) {
    q->is_quiet = !wanted;
    if (has_points() && wanted) *avail_event(q) = q->avail_index;
    else if (!has_points()) q->used[0] = wanted ? 0 : NO_NOTIFY;
}

/// virtqueue_split_pop
static void pop(struct queue *q) {
    uint16_t at = q->avail[2 + q->last_avail % q->size];
    struct chain *c = &q->chains[q->count++];
    q->last_avail++;
    if (has_points() && !q->is_quiet) *avail_event(q) = q->last_avail;
    *c = (struct chain){.head = at};
    for (;;) {
        if (at >= q->size || c->readable + c->writable == CHAIN_PIECES) panic("a chain leads out of its queue");
        const struct virtq_desc *d = &q->desc[at];
        c->pieces[c->readable + c->writable] = (struct virtq_buffer){d->pa, d->length};
        if (d->flags & DESC_WRITE) c->writable++;
        else if (c->writable > 0) panic("a piece to read is behind one to write");
        else c->readable++;
        if (!(d->flags & DESC_NEXT)) break;
        at = d->next;
    }
}

static bool wants(struct queue *q) {
    const struct device_work *w = &device->work;
    return q->count < CHAINS_MOST && (!w->wants || w->wants((uint16_t)(q - device->queues)));
}

/// Its look at what is offered: it takes one, or finds none and will be rung for.
static bool look(struct queue *q) {
    if (!q->looks || q->is_stopped || !wants(q)) return false;
    if ((uint16_t)(q->avail_index - q->last_avail) > q->size) panic("the index of what is offered has moved too far");
    if (q->last_avail != q->avail_index) {
        if (random_below(8) == 0) want_doorbell(q, false);
        pop(q);
        return true;
    }
    if (q->is_quiet || !has_points()) {
        want_doorbell(q, true);
        if (q->last_avail != q->avail_index) return true;
    }
    q->looks = false;
    return true;
}

/// virtqueue_fill of some, and virtqueue_flush
static bool push(struct queue *q) {
    if (q->count == 0 || q->is_stopped) return false;
    unsigned n = random_below(4) == 0 ? 1 + (unsigned)random_below(q->count) : 1;
    uint16_t before = q->used_index;
    for (unsigned i = 0; i < n; i++) {
        unsigned which = device->work.in_any_order ? (unsigned)random_below(q->count) : 0;
        struct chain c = q->chains[which];
        memmove(&q->chains[which], &q->chains[which + 1], (--q->count - which) * sizeof c);
        uint32_t written = device->work.run((uint16_t)(q - device->queues), &c);
        volatile struct virtq_used_element *element = (volatile void *)&q->used[2 + 4 * (q->used_index % q->size)];
        bool lies = device->work.lies && random_below(200) == 0;
        element->id = lies ? (uint32_t)random_number() >> random_below(32) : c.head;
        element->length = device->work.lies && random_below(4) == 0 ? (uint32_t)random_number() : written;
        q->used_index++;
    }
    q->used[1] = q->used_index;
    if ((int16_t)(q->used_index - q->signalled_used) < (uint16_t)(q->used_index - before))
        q->signalled_used_is_valid = false;
    q->has_pushed = true;
    return true;
}

/// virtio_split_should_notify, with vring_need_event
static bool should_interrupt(struct queue *q) {
    if (!has_points()) return !(q->flags & NO_INTERRUPT);
    bool was_valid = q->signalled_used_is_valid;
    uint16_t old = q->signalled_used, new = q->used_index;
    q->signalled_used_is_valid = true;
    q->signalled_used = new;
    return !was_valid || (uint16_t)(new - q->used_event - 1) < (uint16_t)(new - old);
}

static bool decide(struct queue *q) {
    if (!q->has_pushed || q->interrupts) return false;
    q->has_pushed = false;
    q->interrupts = should_interrupt(q);
    return true;
}

static bool raise_interrupt(struct queue *q) {
    if (!q->interrupts) return false;
    q->interrupts = false;
    device->is_pending = true;
    return true;
}

/// One step of one queue, some or other. False: there is none.
static bool step(struct queue *q) {
    static bool (*const steps[])(struct queue *q) = {look, push, decide, raise_interrupt};
    enum { STEPS = sizeof steps / sizeof steps[0] };
    if (!q->desc) return false;
    if (q->doorbell != NOT_RUNG) {
        q->doorbell = NOT_RUNG;
        q->looks = true;
        see(q);
    }
    q->is_stopped = random_below(q->is_stopped ? 8 : 40) == 0 ? !q->is_stopped : q->is_stopped;
    unsigned first = (unsigned)random_below(STEPS);
    for (unsigned i = 0; i < STEPS; i++) {
        if (steps[(first + i) % STEPS](q)) return true;
    }
    return false;
}

static bool has_started(void) { return device && (device->status & 4) != 0; }

static void interrupted(void *unused) {
    (void)unused;
    device->is_pending = false;
    virtio_interrupt(&device->virtio);
}

static void take_interrupt(void) {
    if (device && device->is_pending) host_interrupt(interrupted, NULL);
}

void machine_moment(void) {
    static bool is_inside;
    if (is_inside || !has_started()) return;
    is_inside = true;
    if (random_below(4) == 0) see(&device->queues[random_below(QUEUES)]);
    for (unsigned n = random_below(3) == 0 ? (unsigned)random_below(6) : 0; n > 0; n--)
        step(&device->queues[random_below(QUEUES)]);
    is_inside = false;
    if (random_below(2) == 0) take_interrupt();
}

void machine_relax(void) {
    enum { NS = 1000000 };
    host_tick(NS);
    machine_moment();
}

void machine_barrier(void) {
    if (!has_started()) return;
    for (unsigned i = 0; i < QUEUES; i++) see(&device->queues[i]);
    machine_moment();
}

/// Called by what is compiled with -fsanitize-coverage=trace-pc.
void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void) { machine_moment(); }

/// While all sleep nothing is stopped for ever.
static bool idle(void) {
    if (!has_started()) return false;
    if (device->is_pending) {
        take_interrupt();
        return true;
    }
    unsigned first = (unsigned)random_below(QUEUES);
    for (unsigned i = 0; i < QUEUES; i++) {
        struct queue *q = &device->queues[(first + i) % QUEUES];
        see(q);
        if (step(q)) return true;
        if (!q->is_stopped) continue;
        q->is_stopped = false;
        return true;
    }
    return false;
}

static uint64_t features(struct virtio_device *dev) {
    (void)dev;
    return device->work.features | (device->work.is_legacy ? 0 : 1ull << VIRTIO_F_VERSION_1);
}

static void accept(struct virtio_device *dev, uint64_t accepted) { (void)dev, (void)accepted; }
static uint8_t status(struct virtio_device *dev) {
    (void)dev;
    return device->status;
}
static void set_status(struct virtio_device *dev, uint8_t value) {
    (void)dev;
    device->status = value;
    // A reset: it forgets its queues.
    for (unsigned i = 0; value == 0 && i < QUEUES; i++) device->queues[i] = (struct queue){.doorbell = NOT_RUNG};
    if (value == 0) device->is_pending = false;
}

bool device_runs(void) { return has_started(); }

static uint64_t config(struct virtio_device *dev, unsigned offset, unsigned size) {
    (void)dev;
    uint64_t value = 0;
    memcpy(&value, device->work.config + offset, size);
    return value;
}

static uint16_t queue_size(struct virtio_device *dev, uint16_t index) {
    (void)dev;
    device->selected = index < QUEUES ? &device->queues[index] : NULL;
    return device->selected ? device->work.queue_size : 0;
}

static bool enable_queue(struct virtio_device *dev, struct virtqueue *given) {
    (void)dev;
    struct queue *q = device->selected;
    *q = (struct queue){.doorbell = NOT_RUNG};
    q->drivers = given;
    q->desc = given->desc;
    q->avail = given->avail;
    q->used = given->used;
    q->size = given->size;
    if (device->work.is_legacy && given->size != device->work.queue_size) panic("a legacy queue has another size");
    q->looks = true;
    if (device->work.is_legacy) given->port = (uint16_t)(FIRST_PORT + given->index);
    given->doorbell = (volatile uint8_t *)&q->doorbell;
    given->doorbell_value = given->index;
    given->doorbell_wide = true;
    return true;
}

void pci_port_write(uint16_t port, unsigned size, uint32_t value) {
    if (size != 2 || port < FIRST_PORT || value >= QUEUES || port != FIRST_PORT + value)
        panic("another port is written");
    device->queues[value].doorbell = value;
}

static int attach_interrupt(struct virtio_device *dev) {
    (void)dev;
    return 0;
}

static struct virtio_transport transport = {.features = features,
                                            .accept = accept,
                                            .status = status,
                                            .set_status = set_status,
                                            .config = config,
                                            .queue_size = queue_size,
                                            .enable_queue = enable_queue,
                                            .attach_interrupt = attach_interrupt};

void device_begin(const struct device_work *work, uint64_t seed) {
    random_state = 0x9e3779b97f4a7c15u ^ seed * 0x2545f4914f6cdd1du;
    device = calloc(1, sizeof *device);
    device->work = *work;
    transport.is_legacy = work->is_legacy;
    device->virtio = (struct virtio_device){.transport = &transport, .type = work->type};
    virtio_add(&device->virtio);
    host_machine(take_interrupt, idle);
}

void device_settle(void) {
    do host_settle();
    while (idle());
}

bool device_has_nothing_of(uint16_t queue) {
    const struct queue *q = &device->queues[queue];
    bool seen[CHAINS_MOST] = {false};
    uint16_t at = q->drivers->free_head;
    for (unsigned i = 0; i < q->size; i++, at = q->desc[at].next) {
        if (at >= q->size || seen[at]) return false;
        seen[at] = true;
    }
    return q->drivers->free_count == q->size;
}
