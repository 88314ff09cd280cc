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

/// Why nothing can be written, negative; 0 if something can, or will. `stays`: the next call is to be told it, too.
static long failure_of(struct inet_socket *s, bool stays) {
    if (!s->connection) return -EPIPE;
    int error = tcp_error(s->connection, stays);
    if (error) return -error;
    if (tcp_state(s->connection) == TCP_SYN_SENT) return -EAGAIN;
    return tcp_writing_ended(s->connection) ? -EPIPE : 0;
}

/// The user's memory may have had to be waited for: meanwhile the connection may have come to its end.
static bool has_ended(const struct inet_socket *s) { return !s->connection || tcp_writing_ended(s->connection); }

/// Sends a part: 0 or -ENOMEM, -EFAULT. There is room for `n` bytes.
static long send_part(struct inet_socket *s, struct io *io, uint32_t n, bool more) {
    uint8_t few[SMALL];
    if (n <= SMALL) {
        if (io_take(io, few, n) != 0) return -EFAULT;
        network_begin();
        bool done = has_ended(s) || tcp_send_bytes(s->connection, few, n, more || io->left > 0);
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
    if (has_ended(s)) tcp_chunk_free(chunk);
    else tcp_send_chunk(s->connection, chunk, n, more || io->left > 0);
    network_end();
    return 0;
}

long stream_send(struct file *file, struct io *io, struct socket_message *m) {
    struct inet_socket *s = file->data;
    uint64_t all = io->left;
    long result = 0;
    do {
        // A call that has sent something says so; what went wrong then is the next one's.
        result = failure_of(s, all > io->left);
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
    } while (result == 0 && io->left > 0);
    return all > io->left ? (long)(all - io->left) : result;
}

static bool may_receive(struct inet_socket *s) {
    struct tcp_connection *c = s->connection;
    return !c || tcp_unread_bytes(c) >= s->least_to_read || tcp_reading_ended(c) || tcp_error(c, true);
}

/// Copies what there is (MSG_TRUNC: only counts it), and takes it unless it is to stay. Bytes, or -EFAULT.
static long copy_unread(struct inet_socket *s, struct io *io, unsigned flags) {
    uint64_t before = io->left;
    long result = 0;
    mutex_lock(&s->reading);
    for (struct packet *p = s->connection ? tcp_unread(s->connection) : NULL; p && io->left > 0 && result == 0;
         p = p->next) {
        uint64_t here = p->length < io->left ? p->length : io->left;
        if (flags & MESSAGE_CUT) io->left -= here;
        else result = io_put(io, p->data, here);
    }
    uint32_t n = (uint32_t)(before - io->left);
    if (n > 0 && !(flags & MESSAGE_PEEK)) {
        network_begin();
        tcp_consume(s->connection, n);
        network_end();
    }
    mutex_unlock(&s->reading);
    return n > 0 ? (long)n : result;
}

long stream_receive(struct file *file, struct io *io, struct socket_message *m) {
    struct inet_socket *s = file->data;
    unsigned flags = m->flags;
    long done = 0, result = 0;
    if (flags & MESSAGE_OUT_OF_BAND) return -EINVAL; // it comes in its place among the others
    if (flags & MESSAGE_ERROR_QUEUE) return -EAGAIN;
    m->flags &= ~(unsigned)MESSAGE_CUT; // a stream is never cut
    if (!s->connection || tcp_state(s->connection) == TCP_SYN_SENT) return s->is_connecting ? -EAGAIN : -ENOTCONN;
    while (result == 0) {
        // Who wants nothing still waits until there is something.
        long n = copy_unread(s, io, flags);
        if (n < 0) result = n;
        if (n > 0) done += n;
        if (!s->connection) break; // another thread has let go of it
        bool waits_for_all = (flags & MESSAGE_WAIT_ALL) && !(flags & MESSAGE_PEEK),
             has_any = tcp_unread_bytes(s->connection) > 0;
        if (n < 0 || (io->left == 0 && (done > 0 || has_any)) || (done > 0 && !waits_for_all)) break;
        if (n > 0) continue;
        int error = tcp_error(s->connection, done > 0);
        if (error) result = -error;
        if (error || tcp_reading_ended(s->connection)) break;
        result = inet_may_wait(file, flags) ? inet_wait(s, &s->readable, may_receive, s->receive_timeout_ns) : -EAGAIN;
    }
    m->whole = (uint64_t)done;
    return done > 0 ? done : result;
}
