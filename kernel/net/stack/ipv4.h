// IPv4 (RFC 791).
#pragma once

#include "net/stack/stack.h"
#include "net/stack/wire.h"

enum { IPV4_HEADER = 20, PROTOCOL_ICMP = 1, PROTOCOL_TCP = 6, PROTOCOL_UDP = 17 };

/// How a packet is sent.
struct ipv4_options {
    uint8_t protocol, ttl, service; // ttl 0: the usual one
    bool may_be_cut; // into fragments
};

/// An IP packet that came, which is taken over.
void ipv4_receive(struct net_stack *s, struct interface *i, struct packet *p);
/// Puts the header before what is in the packet, and sends it on its way. 0 or -EMSGSIZE; the packet is taken over.
int ipv4_send(struct net_stack *s, const struct route *r, uint32_t from, uint32_t to, const struct ipv4_options *o,
              struct packet *p);
/// Verifies the sum of a segment or datagram with its pseudo header.
bool ipv4_checksum_is_good(const struct packet *p, uint8_t protocol);
