// The drivers of virtio devices against a device that behaves as QEMU's do, interleaved with them at every branch:
// nobody sleeps while an interrupt has been lost, and nothing is lost or mixed up.

#include "arch/paging.h"
#include "dev/block.h"
#include "dev/console.h"
#include "dev/virtio/blk.h"
#include "dev/virtio/console_device.h"
#include "dev/virtio/net.h"
#include "disk_user.h"
#include "mem/heap.h"
#include "qemu_device.h"
#include "random.h"
#include "tap.h"
#include "sched/thread.h"
#include "threads_on_host.h"
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 300 };

static uint64_t seed;

static uint64_t with_points(bool they) { return they ? 1ull << VIRTIO_F_EVENT_IDX : 0; }

// The disk.

enum { DISK_SECTORS = 512, DISK_THREADS = 4, THREAD_SECTORS = DISK_SECTORS / DISK_THREADS };
enum { HEADER = 16, READ = 0, WRITE = 1, FLUSH = 4, FEATURE_FLUSH = 9 };

static char disk_bytes[DISK_SECTORS * SECTOR_SIZE];
static struct block_device *disk;
static bool disk_is_right;

void block_device_add(struct block_device *dev) { disk = dev; }

static uint32_t disk_run(uint16_t queue, const struct chain *c) {
    (void)queue;
    struct {
        uint32_t type, reserved;
        uint64_t sector;
    } header;
    memcpy(&header, phys_to_virt(c->pieces[0].pa), sizeof header);
    char *at = disk_bytes + header.sector * SECTOR_SIZE;
    unsigned count = c->readable + c->writable;
    disk_is_right &= c->pieces[0].length == HEADER && c->readable == (header.type == READ ? 1 : count - 1);
    for (unsigned i = 1; i + 1 < count; i++) {
        void *memory = phys_to_virt(c->pieces[i].pa);
        if (header.type == READ) memcpy(memory, at, c->pieces[i].length);
        else memcpy(at, memory, c->pieces[i].length);
        at += c->pieces[i].length;
    }
    *(uint8_t *)phys_to_virt(c->pieces[count - 1].pa) = 0;
    return 1;
}

static void disks(bool has_points, bool is_legacy) {
    const struct device_work work = {.type = VIRTIO_BLOCK,
                                     .features = with_points(has_points) | 1u << FEATURE_FLUSH,
                                     .queue_size = 64,
                                     .in_any_order = true,
                                     .is_legacy = is_legacy,
                                     .run = disk_run,
                                     .config = {DISK_SECTORS & 255, DISK_SECTORS >> 8}};
    disk_is_right = true;
    for (int round = 0; round < ROUNDS; round++) {
        memset(disk_bytes, 0, sizeof disk_bytes);
        device_begin(&work, ++seed);
        virtio_blk_find();
        struct disk_user users[DISK_THREADS];
        for (unsigned n = 0; n < DISK_THREADS; n++) {
            users[n] = (struct disk_user){disk, n * THREAD_SECTORS, THREAD_SECTORS, false, false};
            thread_create("user", disk_use, &users[n]);
        }
        host_join();
        for (unsigned n = 0; n < DISK_THREADS; n++) disk_is_right &= users[n].is_right;
        disk_is_right &= device_has_nothing_of(0);
    }
    ok(disk_is_right && device_complaints() == 0,
       is_legacy    ? "a disk of the old interface"
       : has_points ? "threads that use a disk at once are all served, with points of interrupt"
                    : "and without");
}

// A port of the console.

enum { WRITERS = 3, WRITES = 8, WRITE_LONGEST = 9000, TYPED = 3000 };

static struct host_port *port;
static uint64_t written[WRITERS], arrived[WRITERS];
static unsigned typed, heard;
static bool port_is_right;
static struct wait_queue readable;

static bool port_wants(uint16_t queue) { return queue != 0 || typed < TYPED; }

static uint32_t port_run(uint16_t queue, const struct chain *c) {
    uint8_t *bytes = phys_to_virt(c->pieces[0].pa);
    if (queue == 1) {
        for (uint32_t i = 0; i < c->pieces[0].length; i++) arrived[bytes[i]]++;
        return 0;
    }
    uint32_t n = (uint32_t)random_below(c->pieces[0].length + 1);
    if (n > TYPED - typed) n = TYPED - typed;
    for (uint32_t i = 0; i < n; i++) bytes[i] = (uint8_t)typed++;
    return n;
}

static void write_much(void *argument) {
    long n = (long)argument;
    char *own = malloc(WRITE_LONGEST);
    memset(own, (int)n, WRITE_LONGEST);
    for (int i = 0; i < WRITES; i++) {
        size_t length = random_below(2) ? random_below(100) : random_below(WRITE_LONGEST);
        host_port_write(port, own, length);
        written[n] += length;
        if (random_below(4) > 0) continue;
        host_port_drain(port);
        port_is_right &= arrived[n] == written[n];
    }
    host_port_drain(port);
    port_is_right &= arrived[n] == written[n];
    free(own);
}

static void hear(void *unused) {
    (void)unused;
    struct waiter w;
    wait_begin(&readable, &w);
    while (heard < TYPED) {
        uint8_t bytes[700];
        size_t n = host_port_read(port, bytes, 1 + random_below(sizeof bytes));
        for (size_t i = 0; i < n; i++) port_is_right &= bytes[i] == (uint8_t)heard++;
        if (n == 0) wait_sleep(&w, WAIT_FOREVER);
    }
    wait_end(&w);
}

static void port_interrupted(void *driver) { port_interrupt(driver); }

static void ports(bool has_points) {
    const struct device_work work = {.type = VIRTIO_CONSOLE,
                                     .features = with_points(has_points),
                                     .queue_size = 16,
                                     .wants = port_wants,
                                     .run = port_run};
    port_is_right = true;
    for (int round = 0; round < ROUNDS; round++) {
        memset(written, 0, sizeof written);
        memset(arrived, 0, sizeof arrived);
        typed = heard = 0;
        device_begin(&work, ++seed);
        struct virtio_device *dev = virtio_take(VIRTIO_CONSOLE);
        port = kzalloc(sizeof *port);
        port_is_right &=
            virtio_negotiate(dev, 0) && port_create(port, dev, 0) && virtio_start(dev, port_interrupted, port);
        wait_queue_init(&readable);
        host_port_listen(port, &readable, HOST_PORT_LINES);
        for (long n = 0; n < WRITERS; n++) thread_create("writer", write_much, (void *)n);
        thread_create("reader", hear, NULL);
        host_join();
        port_is_right &= device_has_nothing_of(1);
    }
    ok(port_is_right && device_complaints() == 0,
       has_points ? "all that is written to a port is there when it is drained, and all that comes is read"
                  : "also without points of interrupt");
}

// A card, as net/network.c uses it.

enum { FRAMES_IN = 10, FRAMES_OUT = 100, FRAME = 200 };

static struct network_card *card;
static struct wait_queue card_work;
static unsigned came, received, given, taken_back, sent;
static bool has_work, card_is_right, is_apart; // the header has a piece of its own

static bool card_wants(uint16_t queue) { return queue != 0 || came < FRAMES_IN; }

static uint32_t card_run(uint16_t queue, const struct chain *c) {
    enum { OLD_HEADER = 10 };
    uint32_t header = is_apart ? OLD_HEADER : CARD_HEADER;
    uint8_t *bytes = phys_to_virt(c->pieces[0].pa), *frame = bytes + header;
    if (is_apart) {
        card_is_right &= c->readable + c->writable == 2 && c->pieces[0].length == header;
        frame = phys_to_virt(c->pieces[1].pa);
    }
    if (queue == 1) {
        card_is_right &= *frame == (uint8_t)sent++;
        return 0;
    }
    memset(bytes, 0, header);
    *frame = (uint8_t)came++;
    return header + 1;
}

static void have_work(void *unused) {
    (void)unused;
    has_work = true;
    wake_all(&card_work);
}

/// One round: takes what has come and what was sent, gives empty buffers and new frames. How much has come.
static unsigned serve(uint8_t (*out)[FRAME]) {
    uint32_t length;
    bool is_checked;
    unsigned pieces, count = 0;
    for (uint8_t *frame; (frame = card_received(card, &length, &is_checked, &pieces, true)); count++) {
        card_is_right &= length == 1 && frame[CARD_HEADER] == (uint8_t)received++;
        card_offer(card, frame, FRAME, frame);
    }
    while (card_sent(card)) taken_back++;
    for (; given < FRAMES_OUT; given++) {
        out[given][CARD_HEADER] = (uint8_t)given;
        if (!card_send(card, out[given], CARD_HEADER + 1, 0, 0, out[given])) break;
    }
    card_kick(card);
    return count;
}

static void use_card(void *unused) {
    (void)unused;
    uint8_t (*in)[FRAME] = malloc(sizeof(uint8_t[4][FRAME])),
            (*out)[FRAME] = malloc(sizeof(uint8_t[FRAMES_OUT][FRAME]));
    struct waiter w;
    for (int i = 0; i < 4; i++) card_offer(card, in[i], FRAME, in[i]);
    card_kick(card);
    wait_begin(&card_work, &w);
    while (received < FRAMES_IN || taken_back < FRAMES_OUT) {
        has_work = false;
        if (serve(out) > 0) continue;
        card_interrupts(card, taken_back < FRAMES_OUT);
        if (serve(out) > 0) continue;
        while (!has_work && (received < FRAMES_IN || taken_back < FRAMES_OUT)) wait_sleep(&w, WAIT_FOREVER);
    }
    wait_end(&w);
    free(in);
    free(out);
}

static void cards(bool has_points, bool is_legacy) {
    const struct device_work work = {.type = VIRTIO_NET,
                                     .features = with_points(has_points),
                                     .queue_size = 8,
                                     .is_legacy = is_legacy,
                                     .wants = card_wants,
                                     .run = card_run};
    card_is_right = true;
    is_apart = is_legacy;
    for (int round = 0; round < ROUNDS; round++) {
        struct network_card_facts facts;
        came = received = given = taken_back = sent = 0;
        device_begin(&work, ++seed);
        wait_queue_init(&card_work);
        card = virtio_net_next(&facts);
        card->interrupt = have_work;
        thread_create("network", use_card, NULL);
        host_join();
        card_is_right &= device_has_nothing_of(1);
    }
    ok(card_is_right && device_complaints() == 0, is_legacy ? "the frames of a card of the old interface"
                                                  : has_points
                                                      ? "a card's frames come and go, whenever its thread sleeps"
                                                      : "and those of one without points of interrupt");
}

int main(int argc, char **argv) {
    seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
    for (int has_points = 1; has_points >= 0; has_points--) {
        disks(has_points, false);
        ports(has_points);
        cards(has_points, false);
    }
    disks(false, true);
    cards(false, true);
    return done();
}
