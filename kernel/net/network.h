// The machine's network: the stack, its cards, and the thread that serves them.
//
// The kernel is not preempted and nothing in the stack sleeps, so code between network_begin and network_end has
// it alone; user memory is not touched there.
#pragma once

#include "net/stack/stack.h"
#include "proc/manifest_network.h"
#include <stdint.h>

/// Begins: the cards are looked for and started by a thread of their own.
void network_start(const struct manifest_network *settings);
struct net_stack *network_begin(void);
/// Sends what was made to be sent.
void network_end(void);
/// Waits until an interface beside the loopback has an address, as long as one is being asked for. Whether there is
/// one.
bool network_wait_for_address(uint64_t deadline_ns);
/// The name servers that DHCP has told, at most DHCP_NAME_SERVERS of them, and the first domain (it stays where it is).
/// How many.
unsigned network_name_servers(uint32_t servers[DHCP_NAME_SERVERS], const char **domain);
/// Whether there may yet be an address.
bool network_is_coming_up(void);
