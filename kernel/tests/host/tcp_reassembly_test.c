// Segments of TCP in any order, also such as no honest peer sends: what overlaps differs in where the stream ends.

#include "heap_on_host.h"
#include "net/stack/tcp_connection.h"
#include "one_stack.h"
#include "random.h"
#include "tap.h"
#include <string.h>

enum { ROUNDS = 20000, SEGMENTS = 30, SPAN = 64, LONGEST = 24 };

/// Near the number behind which they wrap.
static const uint32_t start = UINT32_MAX - 20;

static uint8_t byte_at(uint32_t sequence) { return (uint8_t)((sequence - start) * 37 + 1); }

static struct tcp_connection *make(void) {
    const struct tcp_ends ends = {ONE_ADDRESS, OTHER_ADDRESS, 80, 5000};
    struct tcp_connection *c = tcp_make(one_begin(), &ends, &tcp_usual_settings);
    c->state = TCP_ESTABLISHED;
    c->received_next = c->acked_to = c->edge = start;
    return c;
}

static void give(struct tcp_connection *c, uint32_t sequence, uint32_t length, bool ends) {
    struct packet *p = packet_make(length);
    for (uint32_t i = 0; i < length; i++) p->data[i] = byte_at(sequence + i);
    p->length = length;
    tcp_take_data(c, p, sequence, ends);
}

/// Whether what can be read is what was sent, all of it and no more.
static bool is_sound(const struct tcp_connection *c) {
    uint32_t sequence = start;
    bool is_right = true;
    for (const struct packet *p = c->inbox.first; p; p = p->next) {
        if (p->length > SPAN + LONGEST) return false;
        for (uint32_t i = 0; i < p->length; i++) is_right &= p->data[i] == byte_at(sequence++);
    }
    return is_right && c->unread == sequence - start && c->received_next == sequence + c->fin_received;
}

static void finish(struct tcp_connection *c) {
    c->is_orphan = true;
    tcp_end(c, 0);
    one_end();
}

static void test_contradictory_end(void) {
    struct tcp_connection *c = make();
    give(c, start + 5, 35, false);
    give(c, start + 10, 20, true);
    give(c, start, 5, false);
    ok(is_sound(c) && c->unread == 40 && !c->fin_received, "an end before what was there already is none");
    finish(c);
    c = make();
    give(c, start + 20, 10, false);
    give(c, start + 10, 15, true);
    give(c, start, 10, false);
    ok(is_sound(c) && c->unread == 30 && !c->fin_received, "nor is one inside of it");
    finish(c);
    c = make();
    give(c, start + 5, 10, false);
    give(c, start + 5, 10, true);
    give(c, start, 5, false);
    ok(is_sound(c) && c->unread == 15 && c->fin_received, "one right behind it is one");
    finish(c);
}

static void test_any_order(void) {
    bool is_right = true;
    for (int round = 0; round < ROUNDS && is_right; round++) {
        struct tcp_connection *c = make();
        for (int i = 0; i < SEGMENTS && !c->fin_received && is_right; i++) {
            uint32_t sequence = start + (uint32_t)random_below(SPAN), length = (uint32_t)random_below(LONGEST);
            bool ends = random_below(6) == 0;
            // What is old is cut off before, and what is nothing is not taken.
            if (before(sequence, c->received_next) || (length == 0 && !ends)) continue;
            give(c, sequence, length, ends);
            is_right = is_sound(c);
        }
        finish(c);
    }
    ok(is_right, "segments in any order, with ends anywhere, make up what was sent");
}

int main(void) {
    one_open(true);
    test_contradictory_end();
    test_any_order();
    one_close();
    ok(heap_blocks == 0, "no memory is kept");
    return done();
}
