// ICMP (RFC 792): echo, and what it says of packets that did not arrive.
#pragma once

#include "net/stack/stack.h"

enum { ICMP_PORT_UNREACHABLE = 3 };

void icmp_receive(struct net_stack *s, struct interface *i, struct packet *p);
/// Answers a datagram (with `header` bytes of IP before its data) that nobody wants.
void icmp_send_unreachable(struct net_stack *s, const struct packet *p, uint8_t code);
