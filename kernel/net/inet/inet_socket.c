// Sockets of the Internet: life, names, readiness. What streams and datagrams do each is in files of their own.

#include "net/inet/inet.h"
#include "arch/clock.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mem/heap.h"
#include "net/inet/inet_socket.h"
#include "net/sockets.h"
#include "net/stack/ports.h"
#include "net/stack/wire.h"
#include "proc/events.h"

enum { PROTOCOL_TCP = 6, PROTOCOL_UDP = 17 };
/// How long a program waits, at most, that wants to connect before the network is up.
#define COMING_UP_NS (5ull * 1000000000)

static const struct file_operations operations;
static struct list bound_streams = {&bound_streams, &bound_streams};

void inet_address_put(struct socket_address *a, uint32_t address, uint16_t port) {
    *a = (struct socket_address){.length = INET_ADDRESS, .bytes = {FAMILY_INET}};
    wire_put16(a->bytes + 2, port);
    wire_put32(a->bytes + 4, address);
}

int inet_address_get(const struct socket_address *a, uint32_t *address, uint16_t *port) {
    if (a->length < INET_ADDRESS) return -EINVAL;
    if (a->bytes[0] != FAMILY_INET || a->bytes[1] != 0) return -EAFNOSUPPORT;
    *port = wire_get16(a->bytes + 2);
    *address = wire_get32(a->bytes + 4);
    return 0;
}

uint64_t inet_deadline(uint64_t timeout_ns) { return timeout_ns ? clock_ns() + timeout_ns : WAIT_FOREVER; }

long inet_wait(struct inet_socket *s, struct wait_queue *queue, bool (*claim)(struct inet_socket *s),
               uint64_t timeout_ns) {
    struct waiter w;
    long result = 0;
    uint64_t deadline = inet_deadline(timeout_ns);
    wait_begin(queue, &w);
    while (!claim(s) && result == 0) result = wait_sleep(&w, deadline);
    wait_end(&w);
    if (result == -ETIMEDOUT) return -EAGAIN;
    // As on Linux, a call with a limit is not started anew.
    return timeout_ns ? not_restarted(result) : result;
}

void inet_wait_for_route(uint32_t to) {
    struct route r;
    if (route_find(network_begin(), to, 0, &r) || !network_is_coming_up()) return;
    network_wait_for_address(clock_ns() + COMING_UP_NS);
}

void inet_tell_listening(struct inet_socket *s) {
    char more[96], address[16];
    s->has_told = true;
    inet_address_text(address, sizeof address, s->address);
    format_text(more, sizeof more, ",\"protocol\":\"%s\",\"address\":\"%s\",\"port\":%u",
                s->kind == SOCKET_STREAM ? "tcp" : "udp", address, s->port);
    event("listen", more);
}

struct inet_socket *inet_new(int kind) {
    struct inet_socket *s = kzalloc(sizeof *s);
    if (!s) return NULL;
    s->kind = kind;
    s->settings = tcp_usual_settings;
    s->least_to_read = s->mtu_discovery = 1;
    s->flags = INET_GROUP_LOOP | INET_GROUP_ALL;
    list_init(&s->bound_node);
    wait_queue_init(&s->readable);
    wait_queue_init(&s->writable);
    mutex_init(&s->reading);
    udp_init(network_begin(), &s->udp);
    s->udp.owner = s;
    return s;
}

void inet_free(struct inet_socket *s) {
    list_remove(&s->bound_node);
    kfree(s);
}

struct file *inet_file(struct inet_socket *s, uint32_t flags) {
    struct file *file = socket_file(&operations, flags, s);
    if (file) s->inode_number = file->inode->number;
    return file;
}

uint64_t inet_inode_number(const void *owner) { return owner ? ((const struct inet_socket *)owner)->inode_number : 0; }

void inet_address_text(char *to, size_t cap, uint32_t a) {
    format_text(to, cap, "%u.%u.%u.%u", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255);
}

int inet_make(int kind, uint32_t protocol, uint32_t flags, struct file **file) {
    if (kind != SOCKET_STREAM && kind != SOCKET_DATAGRAM) return -ESOCKTNOSUPPORT;
    if (protocol != 0 && protocol != (kind == SOCKET_STREAM ? PROTOCOL_TCP : PROTOCOL_UDP)) return -EPROTONOSUPPORT;
    struct inet_socket *s = inet_new(kind);
    *file = s ? inet_file(s, flags) : NULL;
    if (!*file) kfree(s);
    return *file ? 0 : -ENOMEM;
}

static void close_socket(struct file *file) {
    struct inet_socket *s = file->data;
    if (s->kind == SOCKET_STREAM) {
        stream_close(s);
    } else {
        network_begin();
        udp_close(&s->udp);
        network_end();
    }
    inet_free(s);
}

/// Whether a stream is bound where this one wants to be, or a connection that is left there, perhaps in TIME_WAIT.
static bool is_taken(const struct inet_socket *s, uint32_t address, uint16_t port) {
    if (tcp_port_has_connections(s->udp.stack, address, port, s->shares_address, s->shares_port)) return true;
    for (struct list *at = bound_streams.next; at != &bound_streams; at = at->next) {
        const struct inet_socket *other = container_of(at, struct inet_socket, bound_node);
        if (other == s || other->port != port || (other->address && address && other->address != address)) continue;
        if (s->shares_port && other->shares_port) continue;
        if (s->shares_address && other->shares_address && !other->is_listening) continue;
        return true;
    }
    return false;
}

static bool port_is_free(void *socket, uint16_t port) {
    const struct inet_socket *s = socket;
    return !is_taken(s, s->address, port);
}

int inet_bind_to(struct inet_socket *s, uint32_t address, uint16_t port) {
    struct net_stack *stack = network_begin();
    int result = 0;
    if (s->kind == SOCKET_DATAGRAM) {
        s->udp.binds_freely = s->flags & INET_BINDS_FREELY;
        result = udp_bind(&s->udp, address, port);
        port = s->udp.port;
    } else {
        // An address that is not there yet may be bound to while the network comes up.
        bool may_be_there = address_is_ours(stack, address) || network_is_coming_up() || (s->flags & INET_BINDS_FREELY);
        if (address && !may_be_there) return -EADDRNOTAVAIL;
        s->address = address;
        // IP_BIND_ADDRESS_NO_PORT: the port is chosen with the peer.
        s->is_bound = port == 0 && (s->flags & INET_PORT_LATER) && !s->is_bound;
        if (s->is_bound) return 0;
        if (port == 0) port = port_choose(stack, port_is_free, s);
        else if (is_taken(s, address, port)) result = -EADDRINUSE;
        if (port == 0) result = -EADDRINUSE;
        if (result == 0) list_push_back(&bound_streams, &s->bound_node);
    }
    if (result != 0) return result;
    s->address = address;
    s->port = port;
    s->is_bound = true;
    return 0;
}

static int bind(struct file *file, const struct socket_address *a) {
    struct inet_socket *s = file->data;
    uint32_t address;
    uint16_t port;
    int result = inet_address_get(a, &address, &port);
    // As Linux has it: a family of zero with no address is this one.
    if (result == -EAFNOSUPPORT && a->bytes[0] == 0 && wire_get32(a->bytes + 4) == 0) {
        address = 0;
        port = wire_get16(a->bytes + 2);
        result = 0;
    }
    if (result != 0) return result;
    if (s->is_bound || s->connection) return -EINVAL;
    s->has_own_port = port != 0;
    return inet_bind_to(s, address, port);
}

static int connect(struct file *file, const struct socket_address *a) {
    struct inet_socket *s = file->data;
    uint32_t address = 0;
    uint16_t port = 0;
    bool leaves = a->length >= 2 && a->bytes[0] == FAMILY_UNSPECIFIED && a->bytes[1] == 0;
    int result = leaves ? 0 : inet_address_get(a, &address, &port);
    if (result != 0) return result;
    if (s->kind == SOCKET_DATAGRAM) return datagram_connect(s, address, port, leaves);
    return leaves ? stream_disconnect(s) : stream_connect(file, address, port);
}

static int listen(struct file *file, int backlog) {
    const struct inet_socket *s = file->data;
    return s->kind == SOCKET_STREAM ? stream_listen(file, backlog) : -EOPNOTSUPP;
}

static int accept(struct file *file, uint32_t flags, struct file **accepted) {
    const struct inet_socket *s = file->data;
    return s->kind == SOCKET_STREAM ? stream_accept(file, flags, accepted) : -EOPNOTSUPP;
}

static int shut_down(struct file *file, unsigned how) {
    struct inet_socket *s = file->data;
    if (s->kind == SOCKET_STREAM) return stream_shut_down(s, how);
    // As Linux has it, it works where it fails, too.
    s->shut |= how;
    wake_all(&s->readable);
    wake_all(&s->writable);
    return s->udp.remote_port ? 0 : -ENOTCONN;
}

static void name(const struct file *file, struct socket_address *address) {
    const struct inet_socket *s = file->data;
    const struct tcp_ends *e = s->connection ? tcp_ends(s->connection) : NULL;
    if (e) inet_address_put(address, e->local, e->port);
    else inet_address_put(address, s->kind == SOCKET_DATAGRAM && s->udp.local ? s->udp.local : s->address, s->port);
}

int inet_peer(const struct inet_socket *s, struct socket_address *address) {
    if (s->kind == SOCKET_DATAGRAM) {
        if (!s->udp.remote_port) return -ENOTCONN;
        inet_address_put(address, s->udp.remote, s->udp.remote_port);
        return 0;
    }
    enum tcp_state state = s->connection ? tcp_state(s->connection) : TCP_CLOSED;
    if (state == TCP_CLOSED || state == TCP_TIME_WAIT || state == TCP_SYN_SENT) return -ENOTCONN;
    inet_address_put(address, tcp_ends(s->connection)->remote, tcp_ends(s->connection)->remote_port);
    return 0;
}

static int peer(const struct file *file, struct socket_address *address) { return inet_peer(file->data, address); }

static unsigned poll_socket(struct file *file, struct poll_queues *queues) {
    struct inet_socket *s = file->data;
    if (queues) {
        queues->add(queues, &s->readable);
        queues->add(queues, &s->writable);
    }
    return s->kind == SOCKET_STREAM ? stream_poll(s) : datagram_poll(s);
}

static long send(struct file *file, struct io *io, struct socket_message *m) {
    const struct inet_socket *s = file->data;
    if (m->passed) return -EINVAL;
    return s->kind == SOCKET_STREAM ? stream_send(file, io, m) : datagram_send(file, io, m);
}

static long receive(struct file *file, struct io *io, struct socket_message *m) {
    const struct inet_socket *s = file->data;
    m->passed = NULL;
    m->address.length = 0;
    return s->kind == SOCKET_STREAM ? stream_receive(file, io, m) : datagram_receive(file, io, m);
}

static long read(struct file *file, struct io *io, uint64_t position) {
    struct socket_message m = {0};
    (void)position;
    return io->left > 0 ? receive(file, io, &m) : 0;
}

static long write(struct file *file, struct io *io, uint64_t position) {
    struct socket_message m = {0};
    (void)position;
    return send(file, io, &m);
}

void sockets_tcp_changed(struct tcp_connection *c, unsigned what) {
    struct inet_socket *s = tcp_owner(c);
    if (what & TCP_READABLE) wake_all(&s->readable);
    if (what & TCP_WRITABLE) wake_all(&s->writable);
}

void sockets_tcp_arrived(void *listener_owner) { wake_all(&((struct inet_socket *)listener_owner)->readable); }

void sockets_udp_changed(struct udp_endpoint *e) { wake_all(&((struct inet_socket *)e->owner)->readable); }

static const struct socket_operations inet_operations = {.bind = bind,
                                                         .connect = connect,
                                                         .listen = listen,
                                                         .accept = accept,
                                                         .shutdown = shut_down,
                                                         .name = name,
                                                         .peer = peer,
                                                         .send = send,
                                                         .receive = receive,
                                                         .set_option = inet_set_option,
                                                         .get_option = inet_get_option};
static const struct file_operations operations = {.kind = "socket",
                                                  .sockets = &inet_operations,
                                                  .read = read,
                                                  .write = write,
                                                  .control = inet_control,
                                                  .poll = poll_socket,
                                                  .close = close_socket};
