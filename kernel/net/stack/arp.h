// Ethernet frames and ARP (RFC 826).
#pragma once

#include "net/stack/interface.h"

enum { ETHERNET_HEADER = 14, TYPE_IPV4 = 0x0800, TYPE_ARP = 0x0806 };

/// A frame that came.
void ethernet_receive(struct net_stack *s, struct interface *i, struct packet *p);
/// Sends an IP packet to a neighbour, once its Ethernet address is known.
void ethernet_send(struct interface *i, uint32_t next_hop, struct packet *p);
/// Tells the neighbours whose address ours is.
void arp_announce(struct interface *i);
void arp_forget(struct interface *i);
