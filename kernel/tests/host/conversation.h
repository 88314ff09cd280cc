// What two stacks have to say to each other, for what damages it on its way: a connection and datagrams.
#pragma once

#include "net/stack/udp.h"
#include "two_stacks.h"

struct conversation {
    struct tcp_listener listener; // the second stack's, on port 80
    struct tcp_connection *ends[2]; // null: there is none
    struct udp_endpoint asks, hears; // the first stack's, and the second's, on port 53
};

extern struct conversation conversation;

/// Opens both stacks. `keep` sees each frame before it is sent, as wire.passes does.
void conversation_begin(bool (*keep)(unsigned from, const struct packet *p));
/// The first stack connects to the second, unless it is connected.
void conversation_connect(void);
/// The first stack sends the second `n` bytes.
void conversation_ask(uint32_t n);
/// Throws away what the second has not read.
void conversation_hear(void);
void conversation_drop(unsigned n, bool at_once);
/// Ends everything, and closes the stacks when the last of it is gone.
void conversation_end(void);
