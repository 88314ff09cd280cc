// What ARP has found out on one interface.
#pragma once

#include "net/stack/packet.h"

enum { ARP_ENTRIES = 32, ARP_WAITING_MOST = 64 };

struct arp_entry {
    uint32_t address; // 0: unused
    uint8_t mac[6];
    bool is_known;
    uint8_t tries;
    uint64_t asked_ns, confirmed_ns, used_ns;
    struct packet_queue waiting; // IP packets
    unsigned waiting_count;
};

struct arp_cache {
    struct arp_entry entries[ARP_ENTRIES];
    uint64_t announced_ns;
};
