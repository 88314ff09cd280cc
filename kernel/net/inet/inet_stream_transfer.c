// Stream sockets: the bytes. Small writes are copied twice, large ones go into blocks that the send queue takes over.

#include "lib/errno.h"
#include "net/inet/inet_socket.h"

enum { SMALL = 1024, LARGEST_CHUNK = 16384 - 64 };

static bool may_send(struct inet_socket *s) {
    struct tcp_connection *c = s->connection;
    if (!c || tcp_writing_ended(c) || tcp_error(c, true) || tcp_has_much_room(c)) return true;
    tcp_want_room(c);
    return false;
}

/// Why nothing can be written, negative; 0 if something can, or will.
static long failure_of(struct inet_socket *s) {
    if (!s->connection) return s->error ? -inet_take_error(s) : -EPIPE;
    int error = tcp_error(s->connection, false);
    if (error) return -error;
    if (tcp_state(s->connection) == TCP_SYN_SENT) return -EAGAIN;
    return tcp_writing_ended(s->connection) ? -EPIPE : 0;
}

/// Sends a part: 0 or -ENOMEM, -EFAULT. There is room for `n` bytes.
static long send_part(struct inet_socket *s, struct io *io, uint32_t n, bool more) {
    uint8_t few[SMALL];
    if (n <= SMALL) {
        if (io_take(io, few, n) != 0) return -EFAULT;
        network_begin();
        bool done = tcp_send_bytes(s->connection, few, n, more || io->left > 0);
        network_end();
        return done ? 0 : -ENOMEM;
    }
    if (n > LARGEST_CHUNK) n = LARGEST_CHUNK;
    struct tcp_chunk *chunk = tcp_chunk_make(n);
    if (!chunk) return -ENOMEM;
    if (io_take(io, tcp_chunk_bytes(chunk), n) != 0) {
        tcp_chunk_free(chunk);
        return -EFAULT;
    }
    network_begin();
    tcp_send_chunk(s->connection, chunk, n, more || io->left > 0);
    network_end();
    return 0;
}

long stream_send(struct file *file, struct io *io, struct socket_message *m) {
    struct inet_socket *s = file->data;
    uint64_t all = io->left;
    long result = 0;
    while (result == 0) {
        result = failure_of(s);
        if (result != 0 || io->left == 0) break;
        uint32_t room = tcp_send_room(s->connection);
        if (room == 0) {
            if (all > io->left) {
                // What was held back for more to come must go, or no room is ever made.
                network_begin();
                tcp_push(s->connection);
                network_end();
            }
            if (!inet_may_wait(file, m->flags)) result = may_send(s) ? 0 : -EAGAIN;
            else result = inet_wait(s, &s->writable, may_send, s->send_timeout_ns);
            continue;
        }
        result = send_part(s, io, io->left < room ? (uint32_t)io->left : room, m->flags & MESSAGE_MORE);
    }
    return all > io->left ? (long)(all - io->left) : result;
}

static bool may_receive(struct inet_socket *s) {
    struct tcp_connection *c = s->connection;
    return tcp_unread_bytes(c) > 0 || tcp_reading_ended(c) || tcp_error(c, true);
}

/// Copies what there is, and takes it unless it is to stay. Bytes, or -EFAULT.
static long copy_unread(struct inet_socket *s, struct io *io, bool stays) {
    uint64_t before = io->left;
    long result = 0;
    mutex_lock(&s->reading);
    for (struct packet *p = tcp_unread(s->connection); p && io->left > 0 && result == 0; p = p->next) {
        result = io_put(io, p->data, p->length < io->left ? p->length : io->left);
    }
    uint32_t n = (uint32_t)(before - io->left);
    if (n > 0 && !stays) {
        network_begin();
        tcp_consume(s->connection, n);
        network_end();
    }
    mutex_unlock(&s->reading);
    return n > 0 ? (long)n : result;
}

long stream_receive(struct file *file, struct io *io, struct socket_message *m) {
    struct inet_socket *s = file->data;
    long done = 0, result = 0;
    if (!s->connection || tcp_state(s->connection) == TCP_SYN_SENT) return s->is_connecting ? -EAGAIN : -ENOTCONN;
    while (io->left > 0 && result == 0) {
        long n = copy_unread(s, io, m->flags & MESSAGE_PEEK);
        if (n < 0) result = n;
        if (n > 0) done += n;
        bool waits_for_all = (m->flags & MESSAGE_WAIT_ALL) && !(m->flags & MESSAGE_PEEK);
        if (n < 0 || io->left == 0 || (done > 0 && !waits_for_all)) break;
        if (n > 0) continue;
        int error = tcp_error(s->connection, done > 0);
        if (error) result = -error;
        if (error || tcp_reading_ended(s->connection)) break;
        result = inet_may_wait(file, m->flags) ? inet_wait(s, &s->readable, may_receive, s->receive_timeout_ns) : -EAGAIN;
    }
    m->whole = (uint64_t)done;
    return done > 0 ? done : result;
}
