// Sockets of the Internet (AF_INET).
#pragma once

#include "net/socket.h"

/// A socket of kind SOCKET_…; `flags`: OPEN_NONBLOCK or 0. 0 or a negative errno.
int inet_make(int kind, uint32_t protocol, uint32_t flags, struct file **file);

/// ioctls that ask for interfaces: sockets of any family answer them. -ENOTTY for all others.
long interface_control(unsigned request, uint64_t argument);
