// AF_UNIX sockets: life, readiness, options.

#include "net/unix.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "lib/refs.h"
#include "mem/heap.h"
#include "net/inet/inet.h"
#include "net/unix_socket.h"

static struct mutex lock = MUTEX_FREE(lock);
static const struct file_operations operations;

void unix_lock(void) { mutex_lock(&lock); }

void unix_unlock(void) { mutex_unlock(&lock); }

void unix_drop(struct unix_socket *s) {
    if (s && refs_drop(&s->refs)) kfree(s);
}

struct unix_socket *unix_new(int kind) {
    struct unix_socket *s = kzalloc(sizeof *s);
    if (!s) return NULL;
    s->refs = 1;
    s->kind = kind;
    s->send_buffer = s->receive_buffer = UNIX_INBOX_MOST;
    s->least_to_read = 1;
    s->peer_owner = (struct socket_owner){.user = UINT32_MAX, .group = UINT32_MAX};
    list_init(&s->inbox);
    list_init(&s->arrived);
    list_init(&s->arrived_node);
    list_init(&s->bound_node);
    list_init(&s->peer_of);
    list_init(&s->peer_node);
    list_init(&s->in_flight_node);
    list_init(&s->reached_node);
    wait_queue_init(&s->readable);
    wait_queue_init(&s->writable);
    return s;
}

struct file *unix_file(struct unix_socket *s, uint32_t flags) {
    s->file = socket_file(&operations, flags, s);
    return s->file;
}

struct unix_socket *unix_socket_of(const struct file *file) {
    return file->operations == &operations ? file->data : NULL;
}

struct file *unix_make(int kind, uint32_t flags) {
    struct unix_socket *s = unix_new(kind);
    struct file *file = s ? unix_file(s, flags) : NULL;
    if (!file) unix_drop(s);
    return file;
}

struct unix_socket *unix_set_peer(struct unix_socket *s, struct unix_socket *peer) {
    struct unix_socket *old = s->peer;
    list_remove(&s->peer_node);
    s->peer = peer;
    if (peer) list_push_back(&peer->peer_of, &s->peer_node);
    return old;
}

void unix_join(struct unix_socket *a, struct unix_socket *b) {
    refs_take(&a->refs);
    refs_take(&b->refs);
    unix_set_peer(a, b);
    unix_set_peer(b, a);
    a->peer_owner = b->peer_owner = socket_owner_now();
    a->was_connected = b->was_connected = true;
}

int unix_make_pair(int kind, uint32_t flags, struct file **a, struct file **b) {
    *a = unix_make(kind, flags);
    *b = *a ? unix_make(kind, flags) : NULL;
    if (!*b) {
        file_drop(*a);
        return -ENOMEM;
    }
    unix_join((*a)->data, (*b)->data);
    return 0;
}

void unix_wake(struct unix_socket *s) {
    wake_all(&s->readable);
    wake_all(&s->writable);
}

void unix_wake_peers(struct unix_socket *s) {
    for (struct list *at = s->peer_of.next; at != &s->peer_of; at = at->next)
        unix_wake(container_of(at, struct unix_socket, peer_node));
}

void unix_end(struct unix_socket *s) {
    struct list messages;
    list_init(&messages);
    unix_lock();
    s->is_closed = true;
    s->file = NULL;
    struct unix_socket *peer = unix_set_peer(s, NULL);
    struct inode *inode = s->bound_inode;
    s->bound_inode = NULL;
    list_remove(&s->bound_node);
    list_move_all(&s->inbox, &messages);
    s->inbox_bytes = 0;
    // Who is sending to it or connecting to it, and who waits for room in it or for what it sends.
    unix_wake(s);
    unix_wake_peers(s);
    unix_unlock();
    unix_throw_away(&messages);
    inode_drop(inode);
    unix_drop(peer);
    unix_drop(s);
}

static void close_socket(struct file *file) {
    struct unix_socket *s = file->data, *waiting;
    unix_lock();
    s->is_closed = true; // nothing arrives any more
    while ((waiting = unix_take_arrived(s))) {
        unix_unlock();
        unix_end(waiting);
        unix_lock();
    }
    unix_unlock();
    unix_end(s);
    unix_collect();
}

static unsigned poll_socket(struct file *file, struct poll_queues *queues) {
    struct unix_socket *s = file->data;
    unsigned events = 0;
    if (queues) {
        queues->add(queues, &s->readable);
        queues->add(queues, &s->writable);
    }
    unix_lock();
    bool peer_gone = s->kind != SOCKET_DATAGRAM && s->was_connected && (!s->peer || s->peer->is_closed);
    if (!list_is_empty(&s->inbox) || !list_is_empty(&s->arrived)) events |= POLL_IN;
    if (peer_gone || s->cannot_read) events |= POLL_IN | POLL_READ_HANG_UP;
    if (peer_gone || (s->cannot_read && s->cannot_write)) events |= POLL_HANG_UP;
    if (s->kind != SOCKET_DATAGRAM && !s->was_connected && !s->is_listening) events |= POLL_OUT | POLL_HANG_UP;
    else if (!s->is_listening && (!s->peer || s->peer->inbox_bytes * 4 < UNIX_INBOX_MOST)) events |= POLL_OUT;
    unix_unlock();
    return events;
}

static long control(struct file *file, unsigned request, uint64_t argument) {
    enum { READABLE = 0x541b, UNSENT = 0x5411 };
    const struct unix_socket *s = file->data;
    int32_t n = 0;
    if (request != READABLE && request != UNSENT) return interface_control(request, argument);
    unix_lock();
    if (request == READABLE && s->kind == SOCKET_STREAM) n = (int32_t)s->inbox_bytes;
    else if (request == READABLE && !list_is_empty(&s->inbox))
        n = (int32_t)container_of(s->inbox.next, struct packet, node)->length;
    unix_unlock();
    return copy_to_user(argument, &n, sizeof n);
}

enum { LEAST_SEND_BUFFER = 4608, LEAST_RECEIVE_BUFFER = 2304 };

/// What becomes of a size of a buffer that is asked for: twice as much, within limits. How much is kept is always the
/// same.
static int32_t buffer_of(int32_t n, int32_t least) {
    if (n < 0 || n > UNIX_INBOX_MOST) n = UNIX_INBOX_MOST;
    return n * 2 > least ? n * 2 : least;
}

/// Options that are on or off, and mean nothing between two ends on one machine.
static bool is_switch(int option) {
    static const uint64_t switches = 1ull << 1 | 1ull << OPTION_REUSE_ADDRESS | 1ull << OPTION_DONT_ROUTE |
                                     1ull << OPTION_BROADCAST | 1ull << OPTION_KEEP_ALIVE | 1ull << OPTION_INLINE |
                                     1ull << OPTION_NO_CHECK | 1ull << OPTION_REUSE_PORT | 1ull << OPTION_TIMESTAMP;
    return option > 0 && option < 64 && (switches >> option & 1);
}

static int set_option(struct file *file, int level, int option, const void *value, uint32_t length) {
    struct unix_socket *s = file->data;
    if (level != LEVEL_SOCKET) return -EOPNOTSUPP;
    if (length < sizeof(int32_t)) return -EINVAL;
    int32_t n = *(const int32_t *)value;
    switch (option) {
    case OPTION_PASS_CREDENTIALS: s->passes_credentials = n != 0; return 0;
    case OPTION_SEND_BUFFER:
    case OPTION_SEND_BUFFER_FORCE: s->send_buffer = buffer_of(n, LEAST_SEND_BUFFER); return 0;
    case OPTION_RECEIVE_BUFFER:
    case OPTION_RECEIVE_BUFFER_FORCE: s->receive_buffer = buffer_of(n, LEAST_RECEIVE_BUFFER); return 0;
    case OPTION_LEAST_TO_READ: s->least_to_read = n < 0 ? INT32_MAX : n ? n : 1; return 0;
    case OPTION_PRIORITY: s->priority = n; return 0;
    case OPTION_LINGER:
    case OPTION_RECEIVE_TIMEOUT:
    case OPTION_SEND_TIMEOUT:
    case OPTION_MARK: return 0; // hints
    default:
        if (!is_switch(option)) return -ENOPROTOOPT;
        s->options = n ? s->options | 1ull << option : s->options & ~(1ull << option);
        return 0;
    }
}

static int get_option(struct file *file, int level, int option, void *value, uint32_t *length) {
    const struct unix_socket *s = file->data;
    int32_t *n = value;
    if (level != LEVEL_SOCKET) return -EOPNOTSUPP;
    if (option == OPTION_PEER_CREDENTIALS) {
        *length = sizeof s->peer_owner;
        memcpy(value, &s->peer_owner, *length);
        return 0;
    }
    *length = sizeof *n;
    switch (option) {
    case OPTION_TYPE: *n = s->kind; return 0;
    case OPTION_FAMILY: *n = FAMILY_UNIX; return 0;
    case OPTION_ACCEPTS: *n = s->is_listening; return 0;
    case OPTION_SEND_BUFFER: *n = s->send_buffer; return 0;
    case OPTION_RECEIVE_BUFFER: *n = s->receive_buffer; return 0;
    case OPTION_LEAST_TO_READ: *n = s->least_to_read; return 0;
    case OPTION_PRIORITY: *n = s->priority; return 0;
    case OPTION_PASS_CREDENTIALS: *n = s->passes_credentials; return 0;
    case OPTION_ERROR:
    case OPTION_PROTOCOL: *n = 0; return 0;
    default:
        if (!is_switch(option)) return -ENOPROTOOPT;
        *n = (int32_t)(s->options >> option & 1);
        return 0;
    }
}

static const struct socket_operations unix_operations = {.knows_peer_owner = true,
                                                         .bind = unix_bind,
                                                         .connect = unix_connect,
                                                         .listen = unix_listen,
                                                         .accept = unix_accept,
                                                         .shutdown = unix_shut_down,
                                                         .name = unix_name,
                                                         .peer = unix_peer,
                                                         .send = unix_send,
                                                         .receive = unix_receive,
                                                         .set_option = set_option,
                                                         .get_option = get_option};
static const struct file_operations operations = {.kind = "socket",
                                                  .sockets = &unix_operations,
                                                  .read = unix_read,
                                                  .write = unix_write,
                                                  .control = control,
                                                  .poll = poll_socket,
                                                  .close = close_socket};
