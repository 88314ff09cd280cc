// Datagram sockets (UDP).

#include "lib/errno.h"
#include "net/inet/inet_socket.h"
#include "arch/clock.h"
#include "lib/string.h"
#include "net/stack/ports.h"
#include "net/stack/wire.h"

/// Control messages.
enum { TIME_OF_ARRIVAL = 29, SERVICE = 1, TTL = 2, PACKET_INFO = 8 };

int datagram_connect(struct inet_socket *s, uint32_t address, uint16_t port, bool leaves) {
    struct udp_endpoint *e = &s->udp;
    if (leaves) {
        e->remote = 0;
        e->remote_port = 0;
        e->local = s->address;
        return 0;
    }
    struct route r;
    inet_wait_for_route(address);
    struct net_stack *stack = network_begin();
    if (!route_find(stack, address, s->address, &r)) return -ENETUNREACH;
    if (address_is_broadcast(r.interface, address) && !s->may_broadcast) return -EACCES;
    int result = s->is_bound ? 0 : inet_bind_to(s, 0, 0);
    if (result != 0) return result;
    e->remote = address ? address : r.next_hop;
    e->remote_port = port;
    if (e->local == 0) e->local = r.source;
    return 0;
}

long datagram_send(struct file *file, struct io *io, struct socket_message *m) {
    struct inet_socket *s = file->data;
    struct udp_endpoint *e = &s->udp;
    uint32_t to = e->remote;
    uint16_t port = e->remote_port;
    long n = (long)io->left, result = 0;
    if (m->address.length > 0) result = inet_address_get(&m->address, &to, &port);
    else if (!port) result = -EDESTADDRREQ;
    if (result == 0 && !port) result = -EINVAL;
    if (result == 0 && (s->shut & SHUT_WRITING)) result = -EPIPE;
    if (result == 0 && e->error) result = -inet_take_error(s);
    if (result == 0 && io->left > UDP_LONGEST) result = -EMSGSIZE;
    if (result == 0 && !s->is_bound) result = inet_bind_to(s, 0, 0);
    if (result == 0 && m->source && !address_is_ours(e->stack, m->source)) result = -ENETUNREACH;
    if (result != 0) return result;
    struct packet *p = packet_make((uint32_t)n);
    if (!p) return -ENOBUFS;
    if (io_take(io, p->data, (uint64_t)n) != 0) {
        packet_free(p);
        return -EFAULT;
    }
    p->length = (uint32_t)n;
    inet_wait_for_route(to);
    network_begin();
    result = udp_send(e, m->source, to, port, p);
    network_end();
    return result < 0 ? result : n;
}

static void tell(struct control_messages *c, int level, int type, const void *bytes, uint32_t n) {
    c->list[c->count].level = level;
    c->list[c->count].type = type;
    c->list[c->count].length = n;
    memcpy(c->list[c->count].bytes, bytes, n);
    c->count++;
}

/// What the program wants to know of a datagram besides, in Linux's order.
static void tell_more(const struct inet_socket *s, const struct packet *p, struct control_messages *c) {
    if (s->flags & INET_TELLS_TIME) {
        uint64_t microseconds = (clock_realtime_ns() - (clock_ns() - p->arrived_ns)) / 1000;
        const int64_t moment[2] = {(int64_t)(microseconds / 1000000), (int64_t)(microseconds % 1000000)};
        tell(c, LEVEL_SOCKET, TIME_OF_ARRIVAL, moment, sizeof moment);
    }
    if (s->flags & INET_TELLS_ADDRESS) {
        // As struct in_pktinfo: the interface, our address there, the address that it came for.
        uint8_t info[12] = {p->from_interface};
        wire_put32(info + 4, p->to_address);
        wire_put32(info + 8, p->to_address);
        tell(c, LEVEL_IP, PACKET_INFO, info, sizeof info);
    }
    const int32_t ttl = p->ttl;
    if (s->flags & INET_TELLS_TTL) tell(c, LEVEL_IP, TTL, &ttl, sizeof ttl);
    if (s->flags & INET_TELLS_SERVICE) tell(c, LEVEL_IP, SERVICE, &p->service, sizeof p->service);
}

static bool may_receive(struct inet_socket *s) {
    return s->udp.inbox.first || s->udp.error || (s->shut & SHUT_READING);
}

/// Who waits for datagrams at a port that it chose, from anybody, is a server.
static void look_for_server(struct inet_socket *s) {
    if (s->has_own_port && s->is_bound && !s->has_told && !s->udp.remote_port) inet_tell_listening(s);
}

long datagram_receive(struct file *file, struct io *io, struct socket_message *m) {
    struct inet_socket *s = file->data;
    long result = 0;
    if (m->flags & MESSAGE_ERROR_QUEUE) return -EAGAIN;
    look_for_server(s);
    mutex_lock(&s->reading);
    while (!may_receive(s) && result == 0) {
        mutex_unlock(&s->reading);
        result =
            inet_may_wait(file, m->flags) ? inet_wait(s, &s->readable, may_receive, s->receive_timeout_ns) : -EAGAIN;
        mutex_lock(&s->reading);
    }
    if (result == 0 && s->udp.error) result = -inet_take_error(s);
    bool stays = m->flags & MESSAGE_PEEK;
    struct packet *p = result != 0 ? NULL : stays ? s->udp.inbox.first : udp_take(&s->udp);
    if (p) {
        uint64_t n = p->length < io->left ? p->length : io->left;
        m->whole = p->length;
        if (n < p->length) m->flags |= MESSAGE_CUT;
        else m->flags &= ~(unsigned)MESSAGE_CUT;
        inet_address_put(&m->address, p->from_address, p->from_port);
        if (m->controls) tell_more(s, p, m->controls);
        result = io_put(io, p->data, n);
        if (result == 0) result = (long)n;
        if (!stays) packet_free(p);
    }
    mutex_unlock(&s->reading);
    return result;
}

unsigned datagram_poll(struct inet_socket *s) {
    look_for_server(s);
    unsigned ends = s->shut & SHUT_READING ? POLL_IN | POLL_READ_HANG_UP : 0;
    if (s->shut == (SHUT_READING | SHUT_WRITING)) ends |= POLL_HANG_UP;
    return POLL_OUT | ends | (s->udp.inbox.first ? POLL_IN : 0) | (s->udp.error ? POLL_ERROR : 0);
}
