// One network stack on the host, with one interface: the test is everything that is on the other side of the wire.
#pragma once

#include "net/stack/arp.h"
#include "net/stack/ipv4.h"
#include "net/stack/udp.h"

#define MS 1000000ull
#define SECONDS 1000000000ull

struct one_stack {
    struct net_stack stack;
    struct interface *interface;
    uint64_t now_ns;
    struct packet_queue sent; // frames
    unsigned address_changes;
};

extern struct one_stack one;

enum { ONE_MAC_LAST = 1, OTHER_MAC_LAST = 9 };
/// The stack's own address once it has one, and somebody else's.
#define ONE_ADDRESS IPV4(10, 0, 0, 1)
#define OTHER_ADDRESS IPV4(10, 0, 0, 9)

/// `has_address`: 10.0.0.1/24, with 10.0.0.254 as gateway.
void one_open(bool has_address);
void one_close(void);
struct net_stack *one_begin(void);
void one_end(void);
/// Lets so much time pass, with all that falls due.
void one_pass(uint64_t ns);
/// The next frame that was sent, the caller's; null if there is none.
struct packet *one_sent(void);
/// Throws away what was sent. How much it was.
unsigned one_forget(void);
/// A frame for the stack, which is taken over: the packet is the payload.
void one_give(uint16_t type, bool to_all, struct packet *payload);
/// An IP packet from `from` to `to`, whose data is taken over. `cut`: the fragment's word.
void one_give_ip(uint32_t from, uint32_t to, uint8_t protocol, uint16_t id, uint16_t cut, struct packet *data);
void one_give_udp(uint32_t from, uint16_t from_port, uint32_t to, uint16_t port, const void *bytes, uint32_t n);
struct packet *packet_of(const void *bytes, uint32_t n);
/// Says whose Ethernet address is whose, so that nothing has to be asked for.
void one_introduce(uint32_t address);
/// Whether a frame is an IP packet of the protocol.
bool is_ip(const struct packet *frame, uint8_t protocol);
/// A frame's IP header; what is behind it.
static inline const uint8_t *ip_of(const struct packet *frame) { return frame->data + ETHERNET_HEADER; }
static inline const uint8_t *data_of(const struct packet *frame) { return ip_of(frame) + IPV4_HEADER; }
