// Interfaces, and which of them leads where.
#pragma once

#include "net/stack/arp_cache.h"
#include "net/stack/dhcp.h"
#include "net/stack/packet.h"

enum { INTERFACE_NAME = 16, ETHERNET_MTU = 1500, LOOPBACK_MTU = 16384, MTU_LEAST = 576 };

struct net_stack;

struct interface {
    struct net_stack *stack;
    unsigned index; // from 1
    char name[INTERFACE_NAME];
    bool is_loopback, checksums_offloaded;
    uint8_t mac[6];
    uint32_t mtu;
    uint32_t address, mask, gateway; // 0: none
    /// Sends a frame (an IP packet on the loopback), and takes it over.
    void (*transmit)(struct interface *i, struct packet *p);
    void *driver;
    struct arp_cache arp;
    struct dhcp_client dhcp;
    uint64_t received_packets, received_bytes, sent_packets, sent_bytes, dropped;
};

/// Where a packet goes.
struct route {
    struct interface *interface;
    uint32_t next_hop, source;
};

/// Null if there are too many.
struct interface *interface_add(struct net_stack *s, const char *name, const uint8_t mac[6], uint32_t mtu,
                                void (*transmit)(struct interface *i, struct packet *p), void *driver);
/// Gives it an address (0: takes it away), and tells about it.
void interface_configure(struct interface *i, uint32_t address, uint32_t mask, uint32_t gateway);
/// The way to an address; `source` 0: any. False if there is none.
bool route_find(struct net_stack *s, uint32_t to, uint32_t source, struct route *route);
/// Whether packets to `address` that came from `i` are for us (null: from wherever).
bool address_is_ours(const struct net_stack *s, uint32_t address);
bool address_is_broadcast(const struct interface *i, uint32_t address);
static inline bool address_is_multicast(uint32_t address) { return address >> 28 == 0xe; }
static inline bool address_is_loopback(uint32_t address) { return address >> 24 == 127; }
void interface_send(struct interface *i, struct packet *p);
