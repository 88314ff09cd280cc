// The network's thread and its card (net/network.c), with the kernel's own driver and stack: what is held back to go
// together goes in time, and what finds no room goes when there is some.

#include "arch/paging.h"
#include "dev/random.h"
#include "dev/virtio/net.h"
#include "mem/phys.h"
#include "net/network.h"
#include "net/sockets.h"
#include "net/stack/arp.h"
#include "net/stack/ipv4.h"
#include "net/stack/udp.h"
#include "net/stack/wire.h"
#include "qemu_device.h"
#include "tap.h"
#include "sched/ready_batch.h"
#include "proc/events.h"
#include "sched/timer.h"
#include "threads_on_host.h"
#include <string.h>

enum { RING = 32, PORT = 7777, HELD_MOST = 16 };
#define HELD_NS 500000ull

void event(const char *name, const char *more) { (void)name, (void)more; }
void random_fill(void *to, size_t n) { memset(to, 7, n); }
uint64_t phys_total_pages(void) { return 65536; }
uint64_t phys_free_pages(void) { return 60000; }
void sockets_tcp_changed(struct tcp_connection *c, unsigned what) { (void)c, (void)what; }
void sockets_tcp_arrived(void *owner) { (void)owner; }
void sockets_udp_changed(struct udp_endpoint *e) { (void)e; }

static unsigned arrived; // datagrams, at the host

static bool is_stuck; // the host takes nothing

static bool wants(uint16_t queue) { return queue == 1 && !is_stuck; }

static uint32_t run(uint16_t queue, const struct chain *c) {
    const uint8_t *ip = (const uint8_t *)phys_to_virt(c->pieces[0].pa) + CARD_HEADER + ETHERNET_HEADER;
    (void)queue;
    arrived += ip[9] == PROTOCOL_UDP && wire_get16(ip + IPV4_HEADER + 2) == PORT;
    return 0;
}

static struct udp_endpoint endpoint;

/// The program answers `count` requests, one after the other.
static void answer(unsigned count) {
    while (count-- > 0) {
        network_begin();
        struct packet *p = packet_make(10);
        memset(packet_push(p, 10), 'x', 10);
        udp_send(&endpoint, 0, IPV4(10, 0, 0, 255), PORT, p);
        network_end();
    }
}

/// How many have arrived after what was done up to now, or after so much time.
static unsigned arrived_after(uint64_t ns) {
    if (ns > 0) host_pass(ns);
    device_settle();
    unsigned n = arrived;
    arrived = 0;
    return n;
}

static void held(void) {
    ready_batch_set(1);
    answer(1);
    ok(arrived_after(0) == 1, "an answer goes at once if the program knows of nothing else to do");
    ready_batch_set(3);
    answer(1);
    ok(arrived_after(0) == 0, "it is held back if there is more to be answered");
    answer(1);
    ok(arrived_after(0) == 0, "and the next with it");
    answer(1);
    ok(arrived_after(0) == 3, "up to the last, with which all go");
    ready_batch_set(5);
    answer(2);
    ok(arrived_after(0) == 0, "a program that goes on computing does not hold them for ever:");
    ok(arrived_after(HELD_NS - 1) == 0 && arrived_after(1) == 2, "half a millisecond after the first they go");
    answer(1);
    ok(arrived_after(HELD_NS / 2) == 0, "the next are held for as long again");
    answer(1);
    ok(arrived_after(HELD_NS / 2) == 2, "from the first of them on");
    ready_batch_set(5);
    answer(2);
    ready_batch_set(0);
    ok(arrived_after(0) == 2, "what is held goes when the program is told that there is nothing");
    ready_batch_set(5);
    answer(2);
    ready_batch_pause();
    ok(arrived_after(0) == 2, "and when it gives up the processor");
    ready_batch_set(100);
    answer(HELD_MOST - 1);
    ok(arrived_after(0) == 0, "many are held");
    answer(1);
    ok(arrived_after(0) == HELD_MOST, "but not too many");
    ready_batch_set(0);
}

static void crowded(void) {
    is_stuck = true;
    answer(5 * RING);
    ok(arrived_after(0) == 0, "a card that takes nothing gets full");
    is_stuck = false;
    ok(arrived_after(0) == 5 * RING,
       "what the card has no room for goes as soon as it has, with nothing else to wake its thread");
}

int main(void) {
    static struct manifest_network settings;
    const struct device_work work = {
        .type = VIRTIO_NET, .features = 1ull << VIRTIO_F_EVENT_IDX, .queue_size = RING, .wants = wants, .run = run};
    settings.interfaces[0] =
        (struct manifest_interface){.is_static = true, .address = IPV4(10, 0, 0, 1), .mask = IPV4(255, 255, 255, 0)};
    device_begin(&work, 1);
    timers_init();
    network_card_add_source(virtio_net_next);
    network_start(&settings);
    device_settle();
    udp_init(network_begin(), &endpoint);
    endpoint.may_broadcast = true;
    ok(udp_bind(&endpoint, 0, 5000) == 0 && device_complaints() == 0, "the card is found, and has its address");
    network_end();
    device_settle();
    held();
    crowded();
    return done();
}
