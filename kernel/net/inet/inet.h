// Sockets of the Internet (AF_INET).
#pragma once

#include "net/socket.h"

/// A socket of kind SOCKET_…; `flags`: OPEN_NONBLOCK or 0. 0 or a negative errno.
int inet_make(int kind, uint32_t protocol, uint32_t flags, struct file **file);

/// The number of an owner's inode, as tcp_list and udp_list tell owners (null: 0).
uint64_t inet_inode_number(const void *owner);
/// An address with dots.
void inet_address_text(char *to, size_t cap, uint32_t address);

/// ioctls that ask for interfaces: sockets of any family answer them. -ENOTTY for all others.
long interface_control(unsigned request, uint64_t argument);
