// Datagram sockets (UDP).

#include "lib/errno.h"
#include "net/inet/inet_socket.h"
#include "net/stack/ports.h"

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
    if (result == 0 && e->error) result = -inet_take_error(s);
    if (result == 0 && io->left > UDP_LONGEST) result = -EMSGSIZE;
    if (result == 0 && !s->is_bound) result = inet_bind_to(s, 0, 0);
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
    result = udp_send(e, to, port, p);
    network_end();
    return result < 0 ? result : n;
}

static bool may_receive(struct inet_socket *s) { return s->udp.inbox.first || s->udp.error; }

long datagram_receive(struct file *file, struct io *io, struct socket_message *m) {
    struct inet_socket *s = file->data;
    long result = 0;
    mutex_lock(&s->reading);
    while (!may_receive(s) && result == 0) {
        mutex_unlock(&s->reading);
        result = inet_may_wait(file, m->flags) ? inet_wait(s, &s->readable, may_receive, s->receive_timeout_ns) : -EAGAIN;
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
        result = io_put(io, p->data, n);
        if (result == 0) result = (long)n;
        if (!stays) packet_free(p);
    }
    mutex_unlock(&s->reading);
    return result;
}

unsigned datagram_poll(struct inet_socket *s) {
    return POLL_OUT | (s->udp.inbox.first ? POLL_IN : 0) | (s->udp.error ? POLL_ERROR : 0);
}
