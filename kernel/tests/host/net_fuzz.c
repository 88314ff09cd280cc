// The network stack's way in, given damaged frames: those of a real conversation, with bytes changed, cut off, or
// moved, at moments of its own. Checksums count as right, so that what is behind them is reached.
//
//   net_fuzz [SECONDS [SEED]]

#include "conversation.h"
#include "frames.h"
#include "heap_on_host.h"
#include "random.h"
#include "tap.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { KEPT = 256 };

static struct packet *kept[KEPT];
static unsigned kept_count;
static uint64_t given, tcp_given;

/// Remembers what the client sends, the newest in place of any.
static bool keep(unsigned from, const struct packet *p) {
    if (from != 0) return true;
    unsigned at = kept_count < KEPT ? kept_count++ : (unsigned)random_below(KEPT);
    packet_free(kept[at]);
    kept[at] = frame_copy(p);
    return true;
}

/// One end says something, reads something, and comes to its end now and then.
static void talk(unsigned n) {
    struct tcp_connection *c = conversation.ends[n];
    uint8_t bytes[3000];
    uint32_t count = (uint32_t)random_below(sizeof bytes), unread = tcp_unread_bytes(c);
    memset(bytes, 'f', sizeof bytes);
    wire_begin(n);
    if (tcp_send_room(c) > count) tcp_send_bytes(c, bytes, count, random_below(8) == 0);
    if (unread > 0) tcp_consume(c, 1 + (uint32_t)random_below(unread));
    if (random_below(50) == 0) tcp_shut_writing(c);
    wire_end(n);
    if (n == 1 && (tcp_state(c) == TCP_CLOSED || random_below(60) == 0)) conversation_drop(n, random_below(2) == 0);
}

static void converse(void) {
    const struct tcp_connection *c = conversation.ends[0];
    if (c && (tcp_state(c) == TCP_CLOSED || tcp_writing_ended(c))) conversation_drop(0, true);
    conversation_connect();
    for (unsigned n = 0; n < 2; n++) {
        if (conversation.ends[n]) talk(n);
    }
    conversation_ask((uint32_t)random_below(4000));
    conversation_hear();
    wire_pass(random_below(20) * MS);
}

static void damage(struct packet *p) {
    for (uint64_t times = 1 + random_below(4); times > 0 && p->length > 14; times--) {
        // Mostly the headers of TCP and UDP: what is in the data matters to nobody here, and few get past a bad
        // address.
        uint32_t from = random_below(8) == 0 || p->length <= 34 ? 14 : 34;
        uint32_t at = from + (uint32_t)random_below(p->length - from < 44 ? p->length - from : 44);
        switch (random_below(4)) {
        case 0: p->data[at] = (uint8_t)random_number(); break;
        case 1: p->data[at] ^= (uint8_t)(1u << random_below(8)); break;
        case 2: p->data[at] = random_below(2) ? 0xff : 0; break;
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
    conversation_begin(keep);
    wire.faults.lost = 10;
    wire.faults.reordered = 50;
    while (clock() < end) {
        converse();
        for (int i = 0; i < 50; i++) give_damaged();
    }
    printf("# network: %llu damaged frames, %llu of them got past the headers\n", (unsigned long long)given,
           (unsigned long long)tcp_given);
    ok(given > 100 && tcp_given * 3 > given,
       "a third of the damaged frames and more get past the headers, and none does harm");
    conversation_end();
    while (kept_count > 0) packet_free(kept[--kept_count]);
    ok(heap_blocks == 0, "and nothing is kept in the end");
    return done();
}
