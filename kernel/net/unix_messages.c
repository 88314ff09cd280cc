// Messages between Unix sockets: from one into the inbox of the other.

#include "lib/errno.h"
#include "lib/refs.h"
#include "mem/heap.h"
#include "net/unix_socket.h"

/// The most that one packet of a stream holds.
enum { CHUNK = 65536 };

/// Why nothing can be sent to `to`: 0 if it can. The lock is held.
static int send_failure(const struct unix_socket *s, const struct unix_socket *to) {
    if (s->cannot_write) return -EPIPE;
    if (!to) return s->was_connected ? -EPIPE : -ENOTCONN;
    if (to->is_closed) return s->kind == SOCKET_DATAGRAM ? -ECONNREFUSED : -EPIPE;
    return to->cannot_read ? -EPIPE : 0;
}

static bool has_room(const struct unix_socket *to, uint64_t length) {
    return to->inbox_bytes == 0 || to->inbox_bytes + length <= UNIX_INBOX_MOST;
}

/// Puts one packet into an inbox, and waits for room. Takes over `*passed` if it succeeds. The lock is held.
static long send_packet(struct file *file, struct unix_socket *to, struct io *io, uint64_t length, bool waits,
                        struct passed_files **passed) {
    struct unix_socket *s = file->data;
    struct packet *p = kmalloc(sizeof *p + length);
    struct waiter w;
    long result = p ? send_failure(s, to) : -ENOMEM;
    while (result == 0 && !has_room(to, length)) {
        if (!waits) {
            result = -EAGAIN;
            break;
        }
        wait_begin(&to->writable, &w);
        unix_unlock();
        result = wait_sleep(&w, WAIT_FOREVER);
        unix_lock();
        wait_end(&w);
        if (result == 0) result = send_failure(s, to);
    }
    if (result == 0) result = io_take(io, p->bytes, length);
    if (result != 0) {
        kfree(p);
        return result;
    }
    p->length = length;
    p->taken = 0;
    p->passed = *passed;
    *passed = NULL;
    unix_departed(p->passed);
    p->from = s->address;
    list_push_back(&to->inbox, &p->node);
    to->inbox_bytes += length;
    wake_all(&to->readable);
    return (long)length;
}

long unix_send(struct file *file, struct io *io, struct socket_message *m) {
    struct unix_socket *s = file->data, *to = NULL;
    bool waits = !(file->flags & OPEN_NONBLOCK) && !(m->flags & MESSAGE_DONT_WAIT);
    uint64_t all = io->left;
    long result = 0;
    if (m->address.length > 0) {
        if (s->kind != SOCKET_DATAGRAM) return s->peer ? -EISCONN : -EOPNOTSUPP;
        result = unix_find(&m->address, &to);
        if (result == 0 && to->kind != s->kind) result = -EPROTOTYPE;
        if (result != 0) {
            unix_drop(to);
            return result;
        }
    }
    unix_lock();
    if (!to && s->peer) {
        to = s->peer;
        refs_take(&to->refs);
    }
    if (s->kind != SOCKET_STREAM) {
        result = all > UNIX_INBOX_MOST ? -EMSGSIZE : send_packet(file, to, io, all, waits, &m->passed);
    } else {
        result = send_failure(s, to);
        while (result == 0 && io->left > 0) {
            long n = send_packet(file, to, io, io->left < CHUNK ? io->left : CHUNK, waits, &m->passed);
            if (n < 0) result = n;
        }
        if (all > io->left) result = (long)(all - io->left);
    }
    unix_unlock();
    unix_drop(to);
    return result;
}

/// Waits for something to read. 1; 0 at the end; a negative errno. The lock is held.
static long wait_readable(struct file *file, bool waits) {
    struct unix_socket *s = file->data;
    struct waiter w;
    long result = 0;
    while (list_is_empty(&s->inbox)) {
        bool ended =
            s->cannot_read || (s->kind != SOCKET_DATAGRAM && s->was_connected && (!s->peer || s->peer->is_closed));
        if (ended) return 0;
        if (s->kind != SOCKET_DATAGRAM && !s->was_connected) return s->is_listening ? -EINVAL : -ENOTCONN;
        if (!waits) return -EAGAIN;
        wait_begin(&s->readable, &w);
        unix_unlock();
        result = wait_sleep(&w, WAIT_FOREVER);
        unix_lock();
        wait_end(&w);
        if (result != 0) return result;
    }
    return 1;
}

/// Copies bytes of the first packet out, and takes them off it unless `m` says peek. The lock is held.
static long take_packet(struct unix_socket *s, struct io *io, struct socket_message *m, struct packet **emptied) {
    struct packet *p = container_of(s->inbox.next, struct packet, node);
    uint64_t n = p->length - p->taken < io->left ? p->length - p->taken : io->left;
    long result = io_put(io, p->bytes + p->taken, n);
    if (result != 0) return result;
    m->whole = p->length - p->taken;
    m->address = p->from;
    if (n < m->whole && s->kind != SOCKET_STREAM) m->flags |= MESSAGE_CUT;
    if (m->flags & MESSAGE_PEEK) return (long)n;
    m->passed = p->passed;
    p->passed = NULL;
    unix_landed(m->passed);
    uint64_t gone = s->kind == SOCKET_STREAM ? n : m->whole;
    p->taken += gone;
    s->inbox_bytes -= gone;
    if (p->taken == p->length) {
        list_remove(&p->node);
        *emptied = p;
    }
    wake_all(&s->writable);
    unix_wake_peers(s);
    return (long)n;
}

long unix_receive(struct file *file, struct io *io, struct socket_message *m) {
    struct unix_socket *s = file->data;
    bool waits = !(file->flags & OPEN_NONBLOCK) && !(m->flags & MESSAGE_DONT_WAIT);
    long done = 0, result;
    m->passed = NULL;
    m->address.length = 0;
    unix_lock();
    m->has_credentials = s->passes_credentials;
    do {
        struct packet *emptied = NULL;
        result = wait_readable(file, waits && (done == 0 || (m->flags & MESSAGE_WAIT_ALL)));
        if (result <= 0) break;
        // What comes with files is read by itself.
        if (done > 0 && container_of(s->inbox.next, struct packet, node)->passed) break;
        result = take_packet(s, io, m, &emptied);
        kfree(emptied);
        if (result < 0) break;
        done += result;
    } while (s->kind == SOCKET_STREAM && io->left > 0 && !m->passed && !(m->flags & MESSAGE_PEEK));
    unix_unlock();
    if (s->kind == SOCKET_STREAM) m->address.length = 0;
    return done > 0 ? done : result;
}

long unix_read(struct file *file, struct io *io, uint64_t position) {
    struct socket_message m = {0};
    (void)position;
    if (io->left == 0) return 0;
    long n = unix_receive(file, io, &m);
    passed_files_free(m.passed);
    return n;
}

long unix_write(struct file *file, struct io *io, uint64_t position) {
    struct socket_message m = {0};
    (void)position;
    return unix_send(file, io, &m);
}
