// The network stack's way in, given damaged frames: those of a real conversation, with bytes changed, cut off, or moved, at
// moments of its own. Checksums count as right, so that what is behind them is reached.
//
//   net_fuzz [SECONDS [SEED]]

#include "frames.h"
#include "heap_on_host.h"
#include "net/stack/arp.h"
#include "random.h"
#include "tap.h"
#include "two_stacks.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { KEPT = 256 };

static struct packet *kept[KEPT];
static unsigned kept_count;
static struct tcp_listener listener;
static struct tcp_connection *ends[2];
static struct udp_endpoint endpoint;
static uint64_t given, tcp_given;

static void accept_one(unsigned n, void *owner) {
    (void)n;
    (void)owner;
    struct tcp_connection *c = tcp_accept(&listener, &listener);
    if (!ends[1]) ends[1] = c;
    else tcp_close(c, true);
}

/// Remembers what the client sends, the newest in place of any.
static bool keep(unsigned from, const struct packet *p) {
    if (from != 0) return true;
    unsigned at = kept_count < KEPT ? kept_count++ : (unsigned)random_below(KEPT);
    packet_free(kept[at]);
    kept[at] = frame_copy(p);
    return true;
}

static void converse(void) {
    const struct tcp_ends to = {.remote = wire_address(1), .remote_port = 80};
    if (ends[0] && (tcp_state(ends[0]) == TCP_CLOSED || tcp_writing_ended(ends[0]))) {
        wire_begin(0);
        tcp_close(ends[0], true);
        wire_end(0);
        ends[0] = NULL;
    }
    if (!ends[0] && tcp_connect(wire_begin(0), &to, &tcp_usual_settings, &ends, &ends[0]) != 0) ends[0] = NULL;
    wire_end(0);
    for (unsigned n = 0; n < 2; n++) {
        uint8_t bytes[3000];
        wire_begin(n);
        if (ends[n]) {
            uint32_t count = (uint32_t)random_below(sizeof bytes), unread = tcp_unread_bytes(ends[n]);
            memset(bytes, 'f', sizeof bytes);
            if (tcp_send_room(ends[n]) > count) tcp_send_bytes(ends[n], bytes, count, random_below(8) == 0);
            if (unread > 0) tcp_consume(ends[n], 1 + (uint32_t)random_below(unread));
            if (random_below(50) == 0) tcp_shut_writing(ends[n]);
            if (n == 1 && (tcp_state(ends[n]) == TCP_CLOSED || random_below(60) == 0)) {
                tcp_close(ends[n], random_below(2) == 0);
                ends[n] = NULL;
            }
        }
        struct packet *datagram = n == 0 ? packet_make(4000) : NULL;
        if (datagram) {
            memset(datagram->data, 'u', 4000);
            datagram->length = (uint32_t)random_below(4000);
            static struct udp_endpoint sender;
            if (!sender.stack) udp_init(wire_stack(0), &sender);
            sender.port = 99;
            udp_send(&sender, 0, wire_address(1), 53, datagram);
        } else {
            for (struct packet *p; (p = udp_take(&endpoint));) packet_free(p);
        }
        wire_end(n);
    }
    wire_pass(random_below(20) * MS);
}

static void damage(struct packet *p) {
    for (uint64_t times = 1 + random_below(4); times > 0 && p->length > 14; times--) {
        // Mostly the headers of TCP and UDP: what is in the data matters to nobody here, and few get past a bad address.
        uint32_t from = random_below(8) == 0 || p->length <= 34 ? 14 : 34;
        uint32_t at = from + (uint32_t)random_below(p->length - from < 44 ? p->length - from : 44);
        switch (random_below(4)) {
        case 0:
            p->data[at] = (uint8_t)random_number();
            break;
        case 1:
            p->data[at] ^= (uint8_t)(1u << random_below(8));
            break;
        case 2:
            p->data[at] = random_below(2) ? 0xff : 0;
            break;
        default:
            if (random_below(8) == 0) p->length = 14 + (uint32_t)random_below(p->length - 13);
        }
    }
    frame_mend(p);
}

static void give_damaged(void) {
    if (kept_count == 0) return;
    struct packet *p = frame_copy(kept[random_below(kept_count)]);
    damage(p);
    struct net_stack *s = wire_begin(1);
    uint64_t before = s->counters.tcp_in + s->counters.udp_in + s->counters.udp_no_port - s->counters.tcp_bad;
    stack_receive(s, &s->interfaces[1], p);
    wire_end(1);
    given++;
    tcp_given += s->counters.tcp_in + s->counters.udp_in + s->counters.udp_no_port - s->counters.tcp_bad > before;
}

int main(int count, char **arguments) {
    double seconds = count > 1 ? atof(arguments[1]) : 5;
    uint64_t seed = count > 2 ? strtoull(arguments[2], NULL, 0) : 0;
    random_state += seed * 2;
    bad_wire_seed(seed);
    clock_t end = clock() + (clock_t)(seconds * CLOCKS_PER_SEC);
    wire_open();
    wire.arrived = accept_one;
    wire.passes = keep;
    wire.faults.lost = 10;
    wire.faults.reordered = 50;
    listener = (struct tcp_listener){.port = 80, .backlog = 5, .settings = tcp_usual_settings, .owner = &listener};
    tcp_listen(wire_begin(1), &listener);
    udp_init(wire_stack(1), &endpoint);
    ok(udp_bind(&endpoint, 0, 53) == 0, "a conversation begins");
    while (clock() < end) {
        converse();
        for (int i = 0; i < 50; i++) give_damaged();
    }
    printf("# network: %llu damaged frames, %llu of them got past the headers\n", (unsigned long long)given, (unsigned long long)tcp_given);
    ok(given > 100 && tcp_given * 2 > given, "half of the damaged frames get past the headers, and none does harm");
    for (unsigned n = 0; n < 2; n++) {
        wire_begin(n);
        if (ends[n]) tcp_close(ends[n], true);
        if (n == 1) tcp_unlisten(&listener);
        if (n == 1) udp_close(&endpoint);
        wire_end(n);
    }
    wire.arrived = NULL;
    wire.passes = NULL;
    wire_pass(2000 * SECONDS);
    wire_close();
    fragments_forget(&wire.stacks[0].fragments);
    fragments_forget(&wire.stacks[1].fragments);
    while (kept_count > 0) packet_free(kept[--kept_count]);
    ok(heap_blocks == 0, "and nothing is kept in the end");
    return done();
}
