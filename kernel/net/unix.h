// Sockets within the machine (AF_UNIX).
#pragma once

#include "net/socket.h"

/// A socket of kind SOCKET_…; `flags`: OPEN_NONBLOCK or 0. Null without memory.
struct file *unix_make(int kind, uint32_t flags);
/// A socket that has a name; that of one without a path begins with @.
struct unix_row {
    int kind;
    bool is_listening, is_connected;
    uint64_t inode_number; // 0: nobody has it open
    char name[ADDRESS_MOST + 1];
};
void unix_list(void (*each)(void *context, const struct unix_row *row), void *context);
/// Two that are connected. 0 or -ENOMEM.
int unix_make_pair(int kind, uint32_t flags, struct file **a, struct file **b);
