// libFuzzer's way to the network stack: an input is what happens to a connection and a datagram socket, step by step.
// Time passes, one side says something, a frame of the client's comes again with some bytes changed, or one that never
// was.

#include "tests/host/conversation.h"
#include "tests/host/frames.h"
#include "tests/host/heap_on_host.h"
#include <stdlib.h>

enum { KEPT = 32, STEPS = 200 };

struct input {
    const uint8_t *bytes;
    size_t left;
};

static struct packet *kept[KEPT];
static unsigned kept_count;

static uint8_t next(struct input *in) {
    if (in->left == 0) return 0;
    in->left--;
    return *in->bytes++;
}

static bool keep(unsigned from, const struct packet *p) {
    if (from == 0 && kept_count < KEPT) kept[kept_count++] = frame_copy(p);
    return true;
}

static void begin(void) {
    wire_seed(7);
    conversation_begin(keep);
    conversation_connect();
    wire_pass(20 * MS);
}

static void end(void) {
    conversation_end();
    while (kept_count > 0) packet_free(kept[--kept_count]);
}

static void say(struct input *in) {
    static const uint8_t bytes[4096];
    uint8_t how = next(in);
    unsigned n = how & 1;
    uint32_t count = (uint32_t)next(in) * 16;
    struct tcp_connection *c = conversation.ends[n];
    wire_begin(n);
    if (c) {
        uint32_t unread = tcp_unread_bytes(c);
        if (how & 2 && tcp_send_room(c) > count) tcp_send_bytes(c, bytes, count, how & 4);
        if (how & 8 && unread > 0) tcp_consume(c, count < unread ? count + 1 : unread);
        if (how & 16) tcp_shut_writing(c);
    }
    wire_end(n);
    if (n == 0 && (how & 32)) conversation_ask(count);
    if (n == 1) conversation_hear();
}

static void give(struct packet *p) {
    frame_mend(p);
    struct net_stack *s = wire_begin(1);
    stack_receive(s, &s->interfaces[1], p);
    wire_end(1);
}

static void give_changed(struct input *in) {
    if (kept_count == 0) return;
    struct packet *p = frame_copy(kept[next(in) % kept_count]);
    uint8_t changes = next(in);
    for (unsigned i = changes % 8; i > 0; i--) {
        uint32_t at = 14 + next(in);
        if (at < p->length) p->data[at] = next(in);
    }
    if (changes & 128) p->length = p->length > 14 ? 14 + next(in) % (p->length - 13) : p->length;
    give(p);
}

static void give_new(struct input *in) {
    static const uint8_t head[14] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0};
    uint32_t length = next(in);
    struct packet *p = packet_make(14 + 255);
    memcpy(p->data, head, sizeof head);
    if (length & 1) p->data[13] = 6; // ARP
    for (uint32_t i = 0; i < length; i++) p->data[14 + i] = next(in);
    p->length = 14 + length;
    give(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    struct input in = {bytes, size};
    begin();
    for (int i = 0; i < STEPS && in.left > 0; i++) {
        uint8_t step = next(&in);
        switch (step % 4) {
        case 0: wire_pass((step / 4) * 10ull * MS); break;
        case 1: say(&in); break;
        case 2: give_changed(&in); break;
        default: give_new(&in);
        }
    }
    end();
    if (heap_blocks != 0) abort(); // nothing that was allocated for it may be left
    return 0;
}
