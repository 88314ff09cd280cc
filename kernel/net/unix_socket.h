// What a Unix socket is made of. For net/unix*.c.
//
// One lock for all of them. It is held while bytes are copied from and to the program; nothing that is done in a page
// fault wants it.
#pragma once

#include "lib/list.h"
#include "net/socket.h"

/// UNIX_PATH_AT: where in an address its path begins.
enum { UNIX_INBOX_MOST = 212992, UNIX_PATH_AT = 2 };

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
    uint64_t options; // those that are on or off, a bit each by its number: remembered, no more
    int32_t send_buffer, receive_buffer, least_to_read, priority; // as they were set
    struct socket_owner owner, peer_owner; // who listens, and who was at the other end when they met
    struct unix_socket *peer; // with a reference
    struct list peer_of; // those whose peer it is
    struct list peer_node; // in its peer's list
    struct file *file; // without one; null before it is accepted and once it is closed
    struct list inbox; // packets
    uint64_t inbox_bytes;
    struct list arrived; // connections that wait to be accepted
    struct list arrived_node;
    int backlog, arrived_count;
    struct socket_address address; // that it is bound to
    struct inode *bound_inode; // of a bound path
    struct list bound_node;
    struct wait_queue readable, writable;

    // For unix_passing.c.
    unsigned in_flight; // messages that hold its file, each time
    unsigned held_elsewhere; // those of them that do not lie in the inbox of a suspect
    bool is_suspect; // nothing but messages holds its file
    struct list in_flight_node; // in the list of those whose file is in flight
    struct list reached_node;
};

void unix_lock(void);
void unix_unlock(void);

/// Life (unix.c). A new socket without a file and with one reference; null without memory.
struct unix_socket *unix_new(int kind);
/// A file for a socket, whose reference it takes over if there is memory for it; else null.
struct file *unix_file(struct unix_socket *s, uint32_t flags);
/// The socket of a file; null if it is none of the machine's own.
struct unix_socket *unix_socket_of(const struct file *file);
/// Makes two sockets each other's peers.
void unix_join(struct unix_socket *a, struct unix_socket *b);
/// Gives a socket another peer (null: none), whose reference it takes over; the old one's is the caller's. The lock is
/// held.
struct unix_socket *unix_set_peer(struct unix_socket *s, struct unix_socket *peer);
/// Wakes those whose peer a socket is. The lock is held.
void unix_wake_peers(struct unix_socket *s);
/// Wakes who waits for a socket. The lock is held.
void unix_wake(struct unix_socket *s);
/// Nobody will have the socket any more: throws its messages away, leaves its peer, gives the reference back. Without
/// the lock.
void unix_end(struct unix_socket *s);
void unix_drop(struct unix_socket *s);

/// Names (unix_names.c).
int unix_bind(struct file *file, const struct socket_address *address);
void unix_name(const struct file *file, struct socket_address *address);
int unix_peer(const struct file *file, struct socket_address *address);
/// The socket that an address means, with a reference. -EINVAL, -ECONNREFUSED, or what the path walk says.
int unix_find(const struct socket_address *address, struct unix_socket **found);

/// Connections (unix_connections.c).
int unix_connect(struct file *file, const struct socket_address *address);
int unix_listen(struct file *file, int backlog);
int unix_accept(struct file *file, uint32_t flags, struct file **accepted);
int unix_shut_down(struct file *file, unsigned how);
/// The connection that has waited longest, with its reference; null if none waits. The lock is held.
struct unix_socket *unix_take_arrived(struct unix_socket *s);

/// Messages (unix_messages.c).
long unix_send(struct file *file, struct io *io, struct socket_message *m);
long unix_receive(struct file *file, struct io *io, struct socket_message *m);
long unix_read(struct file *file, struct io *io, uint64_t position);
long unix_write(struct file *file, struct io *io, uint64_t position);

/// Files in messages (unix_passing.c). A message with files (null: none) was put into an inbox, or taken out of it. The
/// lock is held.
void unix_departed(const struct passed_files *passed);
void unix_landed(const struct passed_files *passed);
/// Frees packets that were taken out of inboxes, and gives their files back. Without the lock.
void unix_throw_away(struct list *packets);
/// A Unix socket was closed: now or in a while the messages of sockets that only hold each other are thrown away.
/// Without the lock.
void unix_collect(void);
