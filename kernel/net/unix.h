// Sockets within the machine (AF_UNIX).
#pragma once

#include "net/socket.h"

/// A socket of kind SOCKET_…; `flags`: OPEN_NONBLOCK or 0. Null without memory.
struct file *unix_make(int kind, uint32_t flags);
/// Two that are connected. 0 or -ENOMEM.
int unix_make_pair(int kind, uint32_t flags, struct file **a, struct file **b);
