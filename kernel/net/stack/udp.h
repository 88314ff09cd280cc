// UDP (RFC 768).
#pragma once

#include "net/stack/stack.h"

enum { UDP_HEADER = 8, UDP_LONGEST = 65507 };

/// What ICMP says of a packet that we sent.
struct complaint {
    uint32_t from, to;
    uint16_t from_port, to_port;
    uint32_t sequence; // TCP
    int error;
    uint32_t mtu; // 0: not told
};

/// One end of datagrams. It belongs to its creator.
struct udp_endpoint {
    struct net_stack *stack;
    struct list node; // in the table, once it has a port
    uint32_t local, remote; // 0: any
    uint16_t port, remote_port;
    bool shares_address, shares_port, may_broadcast;
    bool is_never_cut; // what does not fit one packet is refused
    bool binds_freely; // also to an address that is not ours
    uint8_t ttl, service;
    uint32_t bytes_most, bytes; // that wait to be read, with what holds them
    struct packet_queue inbox;
    int error; // that came for what was sent; positive
    void *owner;
};

void udp_init(struct net_stack *s, struct udp_endpoint *e);
/// Port 0: a free one. 0, -EADDRINUSE, -EADDRNOTAVAIL.
int udp_bind(struct udp_endpoint *e, uint32_t address, uint16_t port);
void udp_close(struct udp_endpoint *e);
/// Sends what is in the packet, which is taken over, from `source` (0: as it is bound). 0 or a negative errno.
int udp_send(struct udp_endpoint *e, uint32_t source, uint32_t to, uint16_t port, struct packet *p);
/// The next datagram of the inbox; null if there is none. The caller's from now on.
struct packet *udp_take(struct udp_endpoint *e);
/// Tells of each endpoint that has a port.
void udp_list(struct net_stack *s, void (*each)(void *context, const struct udp_endpoint *e), void *context);
void udp_receive(struct net_stack *s, struct interface *i, struct packet *p);
void udp_complaint(struct net_stack *s, const struct complaint *c);
