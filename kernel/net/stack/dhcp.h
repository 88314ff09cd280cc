// DHCP client (RFC 2131): an address from the network, renewed while it is used.
#pragma once

#include "net/stack/packet.h"
#include "net/stack/stack_timer.h"

struct interface;

enum dhcp_phase { DHCP_OFF, DHCP_ASKING, DHCP_REQUESTING, DHCP_BOUND, DHCP_RENEWING, DHCP_REBINDING };
enum { DHCP_NAME_SERVERS = 3, DHCP_DOMAIN_MOST = 253 };

struct dhcp_client {
    enum dhcp_phase phase;
    uint32_t transaction, tries;
    uint32_t offered, server;
    uint64_t begun_ns, renew_ns, rebind_ns, end_ns;
    uint32_t name_servers[DHCP_NAME_SERVERS];
    char domain[DHCP_DOMAIN_MOST + 1]; // in which names are looked up first; "": none
    struct stack_timer timer;
};

/// Begins to ask.
void dhcp_start(struct interface *i);
/// What came to the client's port. False if it was not for us.
bool dhcp_receive(struct interface *i, const struct packet *p);
