// Interfaces and routes. There are few: a route is found by looking at each.

#include "net/stack/interface.h"
#include "lib/string.h"
#include "net/stack/arp.h"
#include "net/stack/stack.h"
#include "net/stack/wire.h"

struct interface *interface_add(struct net_stack *s, const char *name, const uint8_t mac[6], uint32_t mtu,
                                void (*transmit)(struct interface *i, struct packet *p), void *driver) {
    if (s->interface_count == INTERFACES_MOST) return NULL;
    struct interface *i = &s->interfaces[s->interface_count++];
    *i =
        (struct interface){.stack = s, .index = s->interface_count, .mtu = mtu, .transmit = transmit, .driver = driver};
    memcpy(i->name, name, strnlen(name, INTERFACE_NAME - 1));
    if (mac) memcpy(i->mac, mac, sizeof i->mac);
    return i;
}

void interface_configure(struct interface *i, uint32_t address, uint32_t mask, uint32_t gateway) {
    bool is_new = address != i->address || mask != i->mask || gateway != i->gateway;
    i->address = address;
    i->mask = mask;
    i->gateway = gateway;
    if (!is_new) return;
    arp_forget(i);
    if (address) arp_announce(i);
    if (i->stack->hooks->address_changed) i->stack->hooks->address_changed(i);
}

bool address_is_ours(const struct net_stack *s, uint32_t address) {
    if (address_is_loopback(address)) return true;
    for (unsigned n = 0; n < s->interface_count; n++) {
        if (address != 0 && s->interfaces[n].address == address) return true;
    }
    return false;
}

bool address_is_broadcast(const struct interface *i, uint32_t address) {
    if (address == UINT32_MAX) return true;
    // A network of two addresses (RFC 3021), or of one, has none of its own.
    return i->address && i->mask < UINT32_MAX - 1 && address == (i->address | ~i->mask);
}

bool route_find(struct net_stack *s, uint32_t to, uint32_t source, struct route *r) {
    struct interface *loop = &s->interfaces[0], *best = NULL, *through = NULL;
    if (to == 0) to = IPV4(127, 0, 0, 1); // as Linux has it
    if (address_is_ours(s, to)) {
        uint32_t usual = address_is_loopback(to) ? loop->address : to;
        *r = (struct route){loop, to, source ? source : usual};
        return true;
    }
    for (unsigned n = 1; n < s->interface_count; n++) {
        struct interface *i = &s->interfaces[n];
        if (!i->address || (source && source != i->address)) continue;
        bool is_near = ((to ^ i->address) & i->mask) == 0 || to == UINT32_MAX || address_is_multicast(to);
        if (is_near && (!best || i->mask > best->mask)) best = i;
        if (!through && i->gateway) through = i;
    }
    if (best) *r = (struct route){best, to, best->address};
    else if (through) *r = (struct route){through, through->gateway, through->address};
    return best || through;
}

void interface_send(struct interface *i, struct packet *p) {
    i->sent_packets++;
    i->sent_bytes += p->length;
    i->transmit(i, p);
}
