// A connection and datagrams between two stacks.

#include "conversation.h"
#include "net/stack/fragments.h"
#include <string.h>

struct conversation conversation;

/// One is enough.
static void accept_one(unsigned n, void *owner) {
    (void)owner;
    struct tcp_connection *c = tcp_accept(&conversation.listener, &conversation);
    if (!conversation.ends[n]) conversation.ends[n] = c;
    else tcp_close(c, true);
}

void conversation_begin(bool (*keep)(unsigned from, const struct packet *p)) {
    struct conversation *c = &conversation;
    wire_open();
    wire.arrived = accept_one;
    wire.passes = keep;
    *c = (struct conversation){.listener = {.port = 80, .backlog = 5, .settings = tcp_usual_settings, .owner = c}};
    tcp_listen(wire_begin(1), &c->listener);
    udp_init(wire_stack(1), &c->hears);
    udp_bind(&c->hears, 0, 53);
    wire_end(1);
    udp_init(wire_begin(0), &c->asks);
    c->asks.port = 99;
    wire_end(0);
}

void conversation_connect(void) {
    const struct tcp_ends to = {.remote = wire_address(1), .remote_port = 80};
    struct tcp_connection **c = &conversation.ends[0];
    wire_begin(0);
    if (!*c && tcp_connect(wire_stack(0), &to, &tcp_usual_settings, &conversation, c) != 0) *c = NULL;
    wire_end(0);
}

void conversation_ask(uint32_t n) {
    struct packet *p = packet_make(n);
    memset(p->data, 'u', n);
    p->length = n;
    wire_begin(0);
    udp_send(&conversation.asks, 0, wire_address(1), 53, p);
    wire_end(0);
}

void conversation_hear(void) {
    wire_begin(1);
    for (struct packet *p; (p = udp_take(&conversation.hears));) packet_free(p);
    wire_end(1);
}

void conversation_drop(unsigned n, bool at_once) {
    wire_begin(n);
    if (conversation.ends[n]) tcp_close(conversation.ends[n], at_once);
    conversation.ends[n] = NULL;
    wire_end(n);
}

void conversation_end(void) {
    for (unsigned n = 0; n < 2; n++) {
        conversation_drop(n, true);
        wire_begin(n);
        if (n == 1) tcp_unlisten(&conversation.listener);
        udp_close(n == 1 ? &conversation.hears : &conversation.asks);
        wire_end(n);
    }
    wire.arrived = NULL;
    wire.passes = NULL;
    wire_pass(2000 * SECONDS);
    wire_close();
    for (unsigned n = 0; n < 2; n++) fragments_forget(&wire.stacks[n].fragments);
}
