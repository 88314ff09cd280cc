// AF_UNIX sockets: connections, how they are made and shut down.

#include "lib/errno.h"
#include "mem/heap.h"
#include "net/unix_socket.h"

enum { BACKLOG_MOST = 4096 };

struct unix_socket *unix_take_arrived(struct unix_socket *s) {
    if (list_is_empty(&s->arrived)) return NULL;
    struct unix_socket *first = container_of(s->arrived.next, struct unix_socket, arrived_node);
    list_remove(&first->arrived_node);
    s->arrived_count--;
    return first;
}

/// Enters a connection into the queue of a listener, and waits while that is full. The lock is held.
static int arrive(struct file *file, struct unix_socket *listener) {
    struct unix_socket *s = file->data, *other = unix_new(s->kind);
    int result = other ? 0 : -ENOMEM;
    struct waiter w;
    while (result == 0 && listener->is_listening && !listener->is_closed &&
           listener->arrived_count > listener->backlog) {
        if (file->flags & OPEN_NONBLOCK) {
            result = -EAGAIN;
            break;
        }
        wait_begin(&listener->writable, &w);
        unix_unlock();
        result = (int)wait_sleep(&w, WAIT_FOREVER);
        unix_lock();
        wait_end(&w);
    }
    if (result == 0 && (!listener->is_listening || listener->is_closed)) result = -ECONNREFUSED;
    if (result == 0 && s->peer) result = -EISCONN;
    if (result != 0) {
        kfree(other);
        return result;
    }
    other->address = listener->address;
    unix_join(s, other);
    s->peer_owner = listener->owner;
    list_push_back(&listener->arrived, &other->arrived_node);
    listener->arrived_count++;
    wake_all(&listener->readable);
    return 0;
}

int unix_connect(struct file *file, const struct socket_address *address) {
    enum { UNSPECIFIED = 0 };
    struct unix_socket *s = file->data, *other = NULL, *old = NULL;
    bool leaves = address->length >= UNIX_PATH_AT && address->bytes[0] == UNSPECIFIED && s->kind == SOCKET_DATAGRAM;
    int result = leaves ? 0 : unix_find(address, &other);
    if (result != 0) return result;
    unix_lock();
    if (s->kind != SOCKET_DATAGRAM) {
        if (s->is_listening) result = -EINVAL;
        else if (s->peer) result = -EISCONN;
        else if (other->kind != s->kind) result = -EPROTOTYPE;
        else result = arrive(file, other);
    } else if (other && other->kind != s->kind) {
        result = -EPROTOTYPE;
    } else {
        old = unix_set_peer(s, other);
        other = NULL;
    }
    unix_unlock();
    unix_drop(old);
    unix_drop(other);
    return result;
}

int unix_listen(struct file *file, int backlog) {
    struct unix_socket *s = file->data;
    if (s->kind == SOCKET_DATAGRAM) return -EOPNOTSUPP;
    if (s->address.length == 0 || s->peer) return -EINVAL;
    s->is_listening = true;
    s->owner = s->peer_owner = socket_owner_now();
    s->backlog = backlog < 0 || backlog > BACKLOG_MOST ? BACKLOG_MOST : backlog;
    return 0;
}

/// Waits for a connection. Null with an errno in `*result`. The lock is held.
static struct unix_socket *wait_for_arrival(struct file *file, int *result) {
    struct unix_socket *s = file->data, *first;
    struct waiter w;
    *result = 0;
    while (!(first = unix_take_arrived(s))) {
        if (s->cannot_read) *result = -EINVAL;
        else if (file->flags & OPEN_NONBLOCK) *result = -EAGAIN;
        if (*result != 0) break;
        wait_begin(&s->readable, &w);
        unix_unlock();
        *result = (int)wait_sleep(&w, WAIT_FOREVER);
        unix_lock();
        wait_end(&w);
        if (*result != 0) break;
    }
    return first;
}

int unix_accept(struct file *file, uint32_t flags, struct file **accepted) {
    struct unix_socket *s = file->data;
    int result;
    if (s->kind == SOCKET_DATAGRAM) return -EOPNOTSUPP;
    if (!s->is_listening) return -EINVAL;
    unix_lock();
    struct unix_socket *other = wait_for_arrival(file, &result);
    *accepted = other ? unix_file(other, flags) : NULL;
    unix_unlock();
    if (!other) return result;
    wake_all(&s->writable);
    if (!*accepted) unix_end(other);
    return *accepted ? 0 : -ENOMEM;
}

int unix_shut_down(struct file *file, unsigned how) {
    struct unix_socket *s = file->data;
    unix_lock();
    int result = s->peer || s->was_connected || s->is_listening ? 0 : -ENOTCONN;
    if (result == 0) {
        if (how & SHUT_READING) s->cannot_read = true;
        if (how & SHUT_WRITING) s->cannot_write = true;
        if (s->peer && s->kind != SOCKET_DATAGRAM) {
            if (how & SHUT_WRITING) s->peer->cannot_read = true;
            if (how & SHUT_READING) s->peer->cannot_write = true;
        }
        unix_wake(s);
        if (s->peer) unix_wake(s->peer);
    }
    unix_unlock();
    return result;
}
