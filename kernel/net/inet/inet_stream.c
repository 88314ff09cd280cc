// Stream sockets: connecting, listening, ending.

#include "arch/clock.h"
#include "lib/errno.h"
#include "net/inet/inet_socket.h"

enum { BACKLOG_MOST = 4096 };

static enum tcp_state state_of(const struct inet_socket *s) {
    return s->connection ? tcp_state(s->connection) : TCP_CLOSED;
}

static bool is_decided(struct inet_socket *s) {
    enum tcp_state state = state_of(s);
    return state != TCP_SYN_SENT && state != TCP_SYN_RECEIVED;
}

/// The socket has no connection any more. Nobody copies out of it meanwhile.
static void let_go(struct inet_socket *s, bool resets) {
    mutex_lock(&s->reading);
    network_begin();
    if (s->connection) tcp_close(s->connection, resets);
    network_end();
    s->connection = NULL;
    s->is_connecting = false;
    mutex_unlock(&s->reading);
}

/// Lets go of a connection that has failed, so that another can be tried. Its error, positive.
static int forget_failed(struct inet_socket *s) {
    int error = s->connection ? tcp_error(s->connection, false) : 0;
    let_go(s, false);
    return error ? error : ECONNABORTED;
}

static long wait_connected(struct inet_socket *s) {
    long result = inet_wait(s, &s->writable, is_decided, s->send_timeout_ns);
    if (result == -EAGAIN) return -EINPROGRESS;
    if (result != 0) return result;
    if (state_of(s) == TCP_CLOSED) return -forget_failed(s);
    s->is_connecting = false;
    return 0;
}

/// A connect of a socket that has a connection.
static int connect_again(struct file *file) {
    struct inet_socket *s = file->data;
    if (!is_decided(s)) return inet_may_wait(file, 0) ? (int)wait_connected(s) : -EALREADY;
    if (state_of(s) == TCP_CLOSED && s->is_connecting) return -forget_failed(s);
    if (!s->is_connecting) return -EISCONN;
    s->is_connecting = false;
    return 0;
}

int stream_connect(struct file *file, uint32_t address, uint16_t port) {
    struct inet_socket *s = file->data;
    if (s->is_listening) return -EISCONN;
    if (s->connection) return connect_again(file);
    inet_wait_for_route(address);
    const struct tcp_ends ends = {.local = s->address, .port = s->port, .remote = address, .remote_port = port};
    struct net_stack *stack = network_begin();
    int result = tcp_connect(stack, &ends, &s->settings, s, &s->connection);
    network_end();
    if (result != 0) {
        s->connection = NULL;
        return result;
    }
    s->is_connecting = true;
    // Who does not wait is told later, also of a connection to ourselves, which is there at once.
    return inet_may_wait(file, 0) ? (int)wait_connected(s) : -EINPROGRESS;
}

int stream_listen(struct file *file, int backlog) {
    struct inet_socket *s = file->data;
    unsigned wanted = backlog < 0 || backlog > BACKLOG_MOST ? BACKLOG_MOST : (unsigned)backlog;
    if (s->connection) return -EINVAL;
    if (s->is_listening) {
        s->listener.backlog = wanted;
        return 0;
    }
    int result = s->port ? 0 : inet_bind_to(s, s->address, 0);
    struct net_stack *stack = network_begin();
    if (result == 0 && tcp_port_is_taken(stack, s->address, s->port, s->shares_port)) result = -EADDRINUSE;
    if (result != 0) return result;
    s->listener = (struct tcp_listener){.local = s->address,
                                        .port = s->port,
                                        .shares_port = s->shares_port,
                                        .backlog = wanted,
                                        .defer_s = (uint32_t)s->defer_s,
                                        .settings = s->settings,
                                        .owner = s};
    tcp_listen(stack, &s->listener);
    s->is_listening = true;
    inet_tell_listening(s);
    return 0;
}

static bool has_arrived(struct inet_socket *s) { return !s->is_listening || !list_is_empty(&s->listener.arrived); }

int stream_accept(struct file *file, uint32_t flags, struct file **accepted) {
    struct inet_socket *s = file->data, *other = NULL;
    if (!s->is_listening) return -EINVAL;
    struct inet_socket *fresh = inet_new(SOCKET_STREAM);
    *accepted = fresh ? inet_file(fresh, flags) : NULL;
    if (!*accepted) {
        if (fresh) inet_free(fresh);
        return -ENOMEM;
    }
    long result = 0;
    while (result == 0 && !other) {
        network_begin();
        fresh->connection = s->is_listening ? tcp_accept(&s->listener, fresh) : NULL;
        network_end();
        if (fresh->connection) other = fresh;
        else if (!s->is_listening) result = -EINVAL;
        else result = inet_may_wait(file, 0) ? inet_wait(s, &s->readable, has_arrived, s->receive_timeout_ns) : -EAGAIN;
    }
    if (!other) {
        file_drop(*accepted);
        return (int)result;
    }
    fresh->settings = s->settings;
    fresh->receive_timeout_ns = s->receive_timeout_ns;
    fresh->send_timeout_ns = s->send_timeout_ns;
    fresh->lingers = s->lingers;
    fresh->linger_s = s->linger_s;
    fresh->flags = s->flags;
    fresh->least_to_read = s->least_to_read;
    fresh->shares_address = s->shares_address;
    fresh->port = s->port;
    return 0;
}

static void end_listening(struct inet_socket *s) {
    network_begin();
    tcp_unlisten(&s->listener);
    s->is_listening = false;
    network_end();
    wake_all(&s->readable);
}

int stream_shut_down(struct inet_socket *s, unsigned how) {
    if (s->is_listening) {
        if (how & SHUT_READING) end_listening(s);
        return 0;
    }
    enum tcp_state state = state_of(s);
    if (state == TCP_CLOSED || state == TCP_TIME_WAIT || state == TCP_SYN_SENT) return -ENOTCONN;
    network_begin();
    if (how & SHUT_READING) tcp_shut_reading(s->connection);
    if (how & SHUT_WRITING) tcp_shut_writing(s->connection);
    network_end();
    wake_all(&s->readable);
    wake_all(&s->writable);
    return 0;
}

int stream_disconnect(struct inet_socket *s) {
    if (s->is_listening) end_listening(s);
    let_go(s, true);
    wake_all(&s->readable);
    wake_all(&s->writable);
    return 0;
}

static bool is_flushed(struct inet_socket *s) {
    return tcp_is_flushed(s->connection) || tcp_state(s->connection) == TCP_CLOSED;
}

/// SO_LINGER: the close waits until the peer has everything, or sends a reset.
static void linger(struct inet_socket *s) {
    if (!s->lingers || s->linger_s == 0 || !s->connection) return;
    network_begin();
    tcp_shut_writing(s->connection);
    tcp_tell_when_flushed(s->connection);
    network_end();
    (void)inet_wait(s, &s->writable, is_flushed, (uint64_t)s->linger_s * 1000000000);
}

void stream_close(struct inet_socket *s) {
    if (s->is_listening) end_listening(s);
    linger(s);
    if (!s->connection) return;
    network_begin();
    tcp_close(s->connection, s->lingers && s->linger_s == 0);
    network_end();
}

unsigned stream_poll(struct inet_socket *s) {
    if (s->is_listening) return list_is_empty(&s->listener.arrived) ? 0 : POLL_IN;
    if (!s->connection) return POLL_OUT | POLL_HANG_UP;
    struct tcp_connection *c = s->connection;
    enum tcp_state state = tcp_state(c);
    unsigned events = 0;
    if (state == TCP_SYN_SENT || state == TCP_SYN_RECEIVED) return 0;
    bool read_ended = tcp_reading_ended(c), write_ended = tcp_writing_ended(c);
    if (tcp_unread_bytes(c) >= s->least_to_read || read_ended) events |= POLL_IN;
    if (read_ended) events |= POLL_READ_HANG_UP;
    if (read_ended && write_ended) events |= POLL_HANG_UP;
    if (tcp_error(c, true)) events |= POLL_ERROR | POLL_IN;
    if (write_ended || tcp_has_much_room(c)) events |= POLL_OUT;
    else tcp_want_room(c);
    return events;
}
