// Netlink sockets, as far as programs ask which interfaces, addresses and routes there are (rtnetlink).
#pragma once

#include "net/socket.h"

/// `flags`: OPEN_NONBLOCK or 0. 0 or a negative errno.
int netlink_make(int kind, uint32_t protocol, uint32_t flags, struct file **file);
