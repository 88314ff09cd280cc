// Arguments that the calls of sockets share.
#pragma once

#include "net/socket.h"
#include "sys/syscall.h"

/// The socket of a descriptor, with a reference. -EBADF, -ENOTSOCK.
int socket_of(uint64_t descriptor, struct file **file);
/// An address from the program: 0, -EFAULT, -EINVAL.
int socket_address_get(struct socket_address *a, user_ptr_t from, uint64_t length);
/// An address to the program, as much of it as the room that `*length_at` tells takes; its whole length goes there.
/// Nothing is done without a `to`.
int socket_address_put(const struct socket_address *a, user_ptr_t to, user_ptr_t length_at);
