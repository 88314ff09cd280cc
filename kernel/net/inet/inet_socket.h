// What a socket of the Internet is made of. For net/inet/*.c.
//
// The stack is used between network_begin and network_end only. The program's memory is never touched there, since that
// may sleep: what is sent is copied before, what is received is copied while it is still the connection's, and only
// then taken.
#pragma once

#include "net/network.h"
#include "net/socket.h"
#include "net/stack/tcp.h"
#include "net/stack/udp.h"

struct inet_socket {
    int kind;
    uint64_t inode_number;
    bool is_bound, shares_address, shares_port, is_listening, may_broadcast;
    bool is_connecting; // a connect that did not wait, and that nobody has asked about since
    uint32_t address; // bound to
    uint16_t port;
    struct list bound_node; // in the list of bound streams
    struct tcp_settings settings;
    struct tcp_connection *connection;
    struct tcp_listener listener;
    struct udp_endpoint udp;
    struct wait_queue readable, writable;
    uint64_t receive_timeout_ns, send_timeout_ns; // 0: none
    bool lingers, acks_late;
    bool has_own_port, has_told; // a program chose the port; the host knows that datagrams are received there
    uint8_t shut; // of datagrams: SHUT_…
    uint8_t mtu_discovery; // as IP_MTU_DISCOVER has it
    int32_t linger_s, defer_s, priority, mark, not_sent_least;
    uint32_t least_to_read, flags; // INET_…
    struct mutex reading; // held while bytes of the inbox are copied
};

enum { INET_ADDRESS = 16 };
/// What options switch on and off.
enum {
    INET_DOES_NOT_ROUTE = 1,
    INET_INLINE = 2,
    INET_NO_CHECK = 4,
    INET_TELLS_TIME = 8,
    INET_TELLS_ADDRESS = 0x10,
    INET_QUEUES_ERRORS = 0x20,
    INET_TELLS_TTL = 0x40,
    INET_TELLS_SERVICE = 0x80,
    INET_BINDS_FREELY = 0x100,
    INET_PORT_LATER = 0x200,
    INET_GROUP_LOOP = 0x400,
    INET_GROUP_ALL = 0x800,
};

void inet_address_put(struct socket_address *a, uint32_t address, uint16_t port);
/// 0, -EINVAL, -EAFNOSUPPORT.
int inet_address_get(const struct socket_address *a, uint32_t *address, uint16_t *port);
/// When a wait that may last `timeout_ns` ends.
uint64_t inet_deadline(uint64_t timeout_ns);
/// Sleeps on `queue` until `claim` holds. 0; -EAGAIN when the time is over, or -EINTR.
long inet_wait(struct inet_socket *s, struct wait_queue *queue, bool (*claim)(struct inet_socket *s),
               uint64_t timeout_ns);
static inline bool inet_may_wait(const struct file *file, unsigned flags) {
    return !(file->flags & OPEN_NONBLOCK) && !(flags & MESSAGE_DONT_WAIT);
}
struct inet_socket *inet_new(int kind);
/// A file for a socket, which is taken over. Null without memory.
struct file *inet_file(struct inet_socket *s, uint32_t flags);
void inet_free(struct inet_socket *s);
/// Gives an unbound socket a port. 0 or a negative errno.
int inet_bind_to(struct inet_socket *s, uint32_t address, uint16_t port);
/// The host is told that something listens at the socket's port: once for each socket of datagrams.
void inet_tell_listening(struct inet_socket *s);
/// Waits a little for the machine's first address, where `to` can't be reached yet.
void inet_wait_for_route(uint32_t to);

// inet_stream.c
int stream_connect(struct file *file, uint32_t address, uint16_t port);
/// Aborts the connection, or the listening: the socket can be connected anew.
int stream_disconnect(struct inet_socket *s);
int stream_listen(struct file *file, int backlog);
int stream_accept(struct file *file, uint32_t flags, struct file **accepted);
int stream_shut_down(struct inet_socket *s, unsigned how);
void stream_close(struct inet_socket *s);
unsigned stream_poll(struct inet_socket *s);

// inet_stream_transfer.c
long stream_send(struct file *file, struct io *io, struct socket_message *m);
long stream_receive(struct file *file, struct io *io, struct socket_message *m);

// inet_datagram.c
int datagram_connect(struct inet_socket *s, uint32_t address, uint16_t port, bool leaves);
long datagram_send(struct file *file, struct io *io, struct socket_message *m);
long datagram_receive(struct file *file, struct io *io, struct socket_message *m);
unsigned datagram_poll(struct inet_socket *s);

int inet_peer(const struct inet_socket *s, struct socket_address *address);

// inet_options.c, inet_options_tcp.c, inet_options_ip.c
int inet_set_option(struct file *file, int level, int option, const void *value, uint32_t length);
int inet_get_option(struct file *file, int level, int option, void *value, uint32_t *length);
int inet_set_tcp_option(struct inet_socket *s, int option, int32_t n);
int inet_get_tcp_option(struct inet_socket *s, int option, void *value, uint32_t *length);
int inet_set_ip_option(struct inet_socket *s, int option, int32_t n);
int inet_get_ip_option(struct inet_socket *s, int option, void *value, uint32_t *length);
/// Of the connection, or of one that is to be.
struct tcp_settings *inet_settings(struct inet_socket *s);
/// The error that waits to be told (positive), which is then gone.
int inet_take_error(struct inet_socket *s);

// inet_control.c
long inet_control(struct file *file, unsigned request, uint64_t argument);
