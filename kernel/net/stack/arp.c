// Ethernet frames, and ARP: whose Ethernet address belongs to an IP address. Entries are confirmed anew after a while,
// and what the network has not asked for is learnt only for addresses that are in use.

#include "net/stack/arp.h"
#include "lib/string.h"
#include "net/stack/ipv4.h"
#include "net/stack/stack.h"

enum { ARP_LENGTH = 28, REQUEST = 1, REPLY = 2, TRIES = 5 };
#define FRESH_NS (60ull * 1000000000)
#define RETRY_NS (1ull * 1000000000)

static const uint8_t everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

static void frame_send(struct interface *i, const uint8_t to[6], uint16_t type, struct packet *p) {
    uint8_t *h = packet_push(p, ETHERNET_HEADER);
    memcpy(h, to, 6);
    memcpy(h + 6, i->mac, 6);
    wire_put16(h + 12, type);
    interface_send(i, p);
}

static void say(struct interface *i, uint16_t what, const uint8_t to[6], const uint8_t target_mac[6], uint32_t target) {
    static const uint8_t start[6] = {0, 1, TYPE_IPV4 >> 8, 0, 6, 4};
    struct packet *p = packet_make(ARP_LENGTH);
    if (!p) return;
    memcpy(p->data, start, sizeof start);
    wire_put16(p->data + 6, what);
    memcpy(p->data + 8, i->mac, 6);
    wire_put32(p->data + 14, i->address);
    memcpy(p->data + 18, target_mac, 6);
    wire_put32(p->data + 24, target);
    p->length = ARP_LENGTH;
    frame_send(i, to, TYPE_ARP, p);
}

void arp_announce(struct interface *i) {
    static const uint8_t none[6];
    if (!i->is_loopback) say(i, REQUEST, everybody, none, i->address);
}

static void clear(struct arp_entry *e) {
    packet_free_all(&e->waiting);
    *e = (struct arp_entry){0};
}

void arp_forget(struct interface *i) {
    for (unsigned n = 0; n < ARP_ENTRIES; n++) clear(&i->arp.entries[n]);
}

static struct arp_entry *find(struct interface *i, uint32_t address) {
    for (unsigned n = 0; n < ARP_ENTRIES; n++) {
        if (i->arp.entries[n].address == address) return &i->arp.entries[n];
    }
    return NULL;
}

/// A new entry, in place of the one that was not used for longest.
static struct arp_entry *make(struct interface *i, uint32_t address) {
    struct arp_entry *oldest = &i->arp.entries[0];
    for (unsigned n = 0; n < ARP_ENTRIES; n++) {
        struct arp_entry *e = &i->arp.entries[n];
        if (!e->address || (oldest->address && e->used_ns < oldest->used_ns)) oldest = e;
    }
    clear(oldest);
    oldest->address = address;
    return oldest;
}

static void ask(struct interface *i, struct arp_entry *e, bool everyone) {
    static const uint8_t none[6];
    e->asked_ns = i->stack->now_ns;
    if (e->tries < UINT8_MAX) e->tries++;
    say(i, REQUEST, everyone ? everybody : e->mac, none, e->address);
}

/// Asks again what was not answered; a packet that waited in vain is dropped: who sent it sends it again, or has timed
/// out.
static void look_at(struct interface *i, struct arp_entry *e) {
    uint64_t now = i->stack->now_ns;
    if (e->is_known) {
        if (now - e->confirmed_ns < FRESH_NS || now - e->asked_ns < RETRY_NS) return;
        if (e->tries >= TRIES) e->is_known = false;
        ask(i, e, !e->is_known);
    } else if (e->tries == 0 || now - e->asked_ns >= RETRY_NS) {
        if (e->tries >= TRIES) {
            i->dropped += e->waiting_count;
            packet_free_all(&e->waiting);
            e->waiting_count = 0;
            e->tries = 0;
        }
        ask(i, e, true);
    }
}

static bool known_without_asking(const struct interface *i, uint32_t address, uint8_t mac[6]) {
    if (address_is_broadcast(i, address)) {
        memcpy(mac, everybody, 6);
        return true;
    }
    if (!address_is_multicast(address)) return false;
    const uint8_t group[6] = {0x01, 0x00, 0x5e, address >> 16 & 0x7f, (uint8_t)(address >> 8), (uint8_t)address};
    memcpy(mac, group, 6);
    return true;
}

void ethernet_send(struct interface *i, uint32_t next_hop, struct packet *p) {
    uint8_t mac[6];
    if (i->is_loopback) {
        interface_send(i, p);
        return;
    }
    if (known_without_asking(i, next_hop, mac)) {
        frame_send(i, mac, TYPE_IPV4, p);
        return;
    }
    struct arp_entry *e = find(i, next_hop);
    if (!e) e = make(i, next_hop);
    e->used_ns = i->stack->now_ns;
    look_at(i, e);
    if (e->is_known) {
        frame_send(i, e->mac, TYPE_IPV4, p);
    } else if (e->waiting_count < ARP_WAITING_MOST) {
        packet_append(&e->waiting, p);
        e->waiting_count++;
    } else {
        i->dropped++;
        packet_free(p);
    }
}

static void learn(struct interface *i, uint32_t address, const uint8_t mac[6], bool may_be_new) {
    struct arp_entry *e = find(i, address);
    if (!e && !may_be_new) return;
    if (!e) e = make(i, address);
    memcpy(e->mac, mac, 6);
    e->is_known = true;
    e->tries = 0;
    e->confirmed_ns = i->stack->now_ns;
    if (e->used_ns == 0) e->used_ns = i->stack->now_ns;
    e->waiting_count = 0;
    for (struct packet *p; (p = packet_take(&e->waiting));) frame_send(i, e->mac, TYPE_IPV4, p);
}

static void arp_receive(struct interface *i, const struct packet *p) {
    static const uint8_t start[6] = {0, 1, TYPE_IPV4 >> 8, 0, 6, 4};
    const uint8_t *a = p->data;
    if (p->length < ARP_LENGTH || memcmp(a, start, sizeof start) != 0 || !i->address) return;
    uint16_t what = wire_get16(a + 6);
    uint32_t sender = wire_get32(a + 14), target = wire_get32(a + 24);
    bool for_us = target == i->address;
    // A group's address can't be anybody's, and nobody else can have ours.
    if ((a[8] & 1) || sender == i->address) return;
    if (sender && ((sender ^ i->address) & i->mask) == 0) learn(i, sender, a + 8, for_us && what == REQUEST);
    if (what == REQUEST && for_us) say(i, REPLY, a + 8, a + 8, sender);
}

void ethernet_receive(struct net_stack *s, struct interface *i, struct packet *p) {
    if (p->length < ETHERNET_HEADER) {
        packet_free(p);
        return;
    }
    uint16_t type = wire_get16(p->data + 12);
    bool is_group = p->data[0] & 1, is_ours = is_group || memcmp(p->data, i->mac, 6) == 0;
    packet_pull(p, ETHERNET_HEADER);
    p->is_broadcast = is_group;
    if (is_ours && type == TYPE_IPV4) {
        ipv4_receive(s, i, p);
        return;
    }
    if (is_ours && type == TYPE_ARP) arp_receive(i, p);
    packet_free(p);
}
