// What a Unix socket is made of. For net/unix*.c.
//
// One lock for all of them. It is held while bytes are copied from and to the program; nothing that is done in a page fault
// wants it.
#pragma once

#include "lib/list.h"
#include "net/socket.h"

enum { UNIX_INBOX_MOST = 212992 };

struct packet {
    struct list node;
    struct passed_files *passed;
    struct socket_address from;
    uint64_t length, taken;
    uint8_t bytes[];
};

struct unix_socket {
    unsigned refs; // of its file, its peer, and those who are waiting for it to accept
    int kind;
    bool is_listening, is_closed, was_connected, passes_credentials;
    bool cannot_read, cannot_write; // shut down
    struct unix_socket *peer;       // with a reference
    struct list inbox;              // packets
    uint64_t inbox_bytes;
    struct list arrived; // connections that wait to be accepted
    struct list arrived_node;
    int backlog, arrived_count;
    struct socket_address address; // that it is bound to
    struct inode *bound_inode;     // of a bound path
    struct list bound_node;
    struct wait_queue readable, writable;
};

void unix_lock(void);
void unix_unlock(void);
/// Gives a reference back. Without the lock: the files of unread messages are closed.
void unix_drop(struct unix_socket *s);
/// The socket that an address means, with a reference. -EINVAL, -ECONNREFUSED, or what the path walk says.
int unix_find(const struct socket_address *address, struct unix_socket **found);

/// Messages (unix_messages.c).
long unix_send(struct file *file, struct io *io, struct socket_message *m);
long unix_receive(struct file *file, struct io *io, struct socket_message *m);
long unix_read(struct file *file, struct io *io, uint64_t position);
long unix_write(struct file *file, struct io *io, uint64_t position);
