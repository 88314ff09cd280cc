// libFuzzer's way to the network stack: an input is what happens to a connection and a datagram socket, step by step. Time
// passes, one side says something, a frame of the client's comes again with some bytes changed, or one that never was.

#include "net/stack/fragments.h"
#include "net/stack/udp.h"
#include "tests/host/frames.h"
#include "tests/host/heap_on_host.h"
#include "tests/host/two_stacks.h"
#include <stdlib.h>

enum { KEPT = 32, STEPS = 200 };

struct input {
    const uint8_t *bytes;
    size_t left;
};

static struct packet *kept[KEPT];
static unsigned kept_count;
static struct tcp_listener listener;
static struct tcp_connection *ends[2];
static struct udp_endpoint endpoint, sender;

static uint8_t next(struct input *in) {
    if (in->left == 0) return 0;
    in->left--;
    return *in->bytes++;
}

static void accept_one(unsigned n, void *owner) {
    (void)n;
    (void)owner;
    struct tcp_connection *c = tcp_accept(&listener, &listener);
    if (!ends[1]) ends[1] = c;
    else tcp_close(c, true);
}

static bool keep(unsigned from, const struct packet *p) {
    if (from == 0 && kept_count < KEPT) kept[kept_count++] = frame_copy(p);
    return true;
}

static void begin(void) {
    const struct tcp_ends to = {.remote = wire_address(1), .remote_port = 80};
    wire_seed(7);
    wire_open();
    wire.arrived = accept_one;
    wire.passes = keep;
    listener = (struct tcp_listener){.port = 80, .backlog = 5, .settings = tcp_usual_settings, .owner = &listener};
    tcp_listen(wire_begin(1), &listener);
    udp_init(wire_stack(1), &endpoint);
    udp_bind(&endpoint, 0, 53);
    wire_end(1);
    udp_init(wire_begin(0), &sender);
    sender.port = 99;
    if (tcp_connect(wire_stack(0), &to, &tcp_usual_settings, &ends, &ends[0]) != 0) ends[0] = NULL;
    wire_end(0);
    wire_pass(20 * MS);
}

static void end(void) {
    for (unsigned n = 0; n < 2; n++) {
        wire_begin(n);
        if (ends[n]) tcp_close(ends[n], true);
        if (n == 1) tcp_unlisten(&listener);
        udp_close(n == 1 ? &endpoint : &sender);
        wire_end(n);
        ends[n] = NULL;
    }
    wire.arrived = NULL;
    wire.passes = NULL;
    wire_pass(2000 * SECONDS);
    wire_close();
    fragments_forget(&wire.stacks[0].fragments);
    fragments_forget(&wire.stacks[1].fragments);
    while (kept_count > 0) packet_free(kept[--kept_count]);
}

static void say(struct input *in) {
    static const uint8_t bytes[4096];
    uint8_t how = next(in);
    unsigned n = how & 1;
    uint32_t count = (uint32_t)next(in) * 16;
    wire_begin(n);
    if (ends[n]) {
        uint32_t unread = tcp_unread_bytes(ends[n]);
        if (how & 2 && tcp_send_room(ends[n]) > count) tcp_send_bytes(ends[n], bytes, count, how & 4);
        if (how & 8 && unread > 0) tcp_consume(ends[n], count < unread ? count + 1 : unread);
        if (how & 16) tcp_shut_writing(ends[n]);
    }
    if (n == 0 && (how & 32)) {
        struct packet *datagram = packet_make(4096);
        memset(datagram->data, 'u', 4096);
        datagram->length = count;
        udp_send(&sender, 0, wire_address(1), 53, datagram);
    }
    for (struct packet *p; n == 1 && (p = udp_take(&endpoint));) packet_free(p);
    wire_end(n);
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
        case 0:
            wire_pass((step / 4) * 10ull * MS);
            break;
        case 1:
            say(&in);
            break;
        case 2:
            give_changed(&in);
            break;
        default:
            give_new(&in);
        }
    }
    end();
    if (heap_blocks != 0) abort(); // nothing that was allocated for it may be left
    return 0;
}
