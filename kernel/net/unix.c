// AF_UNIX sockets: life, names, connections.

#include "net/unix.h"
#include "fs/walk.h"
#include "lib/errno.h"
#include "lib/refs.h"
#include "lib/string.h"
#include "mem/heap.h"
#include "net/inet/inet.h"
#include "net/unix_socket.h"
#include "task/process.h"

enum { PATH_AT = 2, BACKLOG_MOST = 4096 };

static struct mutex lock;
static struct list bound = {&bound, &bound};
static const struct file_operations operations;
static const struct socket_operations unix_operations;

void unix_lock(void) {
    static bool is_made;
    if (!is_made) {
        mutex_init(&lock);
        is_made = true;
    }
    mutex_lock(&lock);
}

void unix_unlock(void) { mutex_unlock(&lock); }

static void packet_free(struct packet *p) {
    passed_files_free(p->passed);
    kfree(p);
}

void unix_drop(struct unix_socket *s) {
    if (!s || !refs_drop(&s->refs)) return;
    while (!list_is_empty(&s->inbox)) {
        struct packet *p = container_of(s->inbox.next, struct packet, node);
        list_remove(&p->node);
        packet_free(p);
    }
    kfree(s);
}

static struct unix_socket *make(int kind) {
    struct unix_socket *s = kzalloc(sizeof *s);
    if (!s) return NULL;
    s->refs = 1;
    s->kind = kind;
    list_init(&s->inbox);
    list_init(&s->arrived);
    list_init(&s->arrived_node);
    list_init(&s->bound_node);
    wait_queue_init(&s->readable);
    wait_queue_init(&s->writable);
    return s;
}

/// A file for a socket, whose reference it takes over.
static struct file *file_for(struct unix_socket *s, uint32_t flags) {
    struct file *file = s ? file_unnamed(&operations, OPEN_READ_WRITE | flags, s) : NULL;
    if (file) file->inode->mode = MODE_SOCKET | 0777;
    else unix_drop(s);
    return file;
}

struct file *unix_make(int kind, uint32_t flags) { return file_for(make(kind), flags); }

static void join(struct unix_socket *a, struct unix_socket *b) {
    refs_take(&a->refs);
    refs_take(&b->refs);
    a->peer = b;
    b->peer = a;
    a->was_connected = b->was_connected = true;
}

int unix_make_pair(int kind, uint32_t flags, struct file **a, struct file **b) {
    *a = unix_make(kind, flags);
    *b = *a ? unix_make(kind, flags) : NULL;
    if (!*b) {
        file_drop(*a);
        return -ENOMEM;
    }
    join((*a)->data, (*b)->data);
    return 0;
}

static void wake_both(struct unix_socket *s) {
    wake_all(&s->readable);
    wake_all(&s->writable);
}

static void close_socket(struct file *file) {
    struct unix_socket *s = file->data, *peer;
    unix_lock();
    s->is_closed = true;
    list_remove(&s->bound_node);
    peer = s->peer;
    s->peer = NULL;
    while (!list_is_empty(&s->arrived)) {
        struct unix_socket *waiting = container_of(s->arrived.next, struct unix_socket, arrived_node);
        list_remove(&waiting->arrived_node);
        waiting->is_closed = true;
        if (waiting->peer) wake_both(waiting->peer);
        unix_unlock();
        unix_drop(waiting->peer);
        waiting->peer = NULL;
        unix_drop(waiting);
        unix_lock();
    }
    if (peer) wake_both(peer);
    struct inode *inode = s->bound_inode;
    s->bound_inode = NULL;
    unix_unlock();
    inode_drop(inode);
    unix_drop(peer);
    unix_drop(s);
}

static bool has_path(const struct socket_address *a) { return a->length > PATH_AT && a->bytes[PATH_AT] != '\0'; }

/// The path of an address as a string; its NUL may lie behind the end of what was given.
static void path_of(const struct socket_address *a, char path[ADDRESS_MOST + 1]) {
    memcpy(path, a->bytes + PATH_AT, a->length - PATH_AT);
    path[a->length - PATH_AT] = '\0';
}

static int check_address(const struct socket_address *a) {
    enum { LONGEST = 110 };
    if (a->length < PATH_AT || a->length > LONGEST) return -EINVAL;
    return a->bytes[0] == FAMILY_UNIX && a->bytes[1] == 0 ? 0 : -EINVAL;
}

/// Makes the node of a bound path.
static int make_node(const struct socket_address *a, struct inode **inode) {
    char path[ADDRESS_MOST + 1];
    struct walk_end end;
    path_of(a, path);
    int result = walk_parent(process.directory, path, &end);
    if (result != 0) return result == -EEXIST ? -EADDRINUSE : result;
    struct inode *directory = end.parent->inode;
    if (directory->filesystem->readonly || !directory->operations->make) result = -EROFS;
    mutex_lock(&name_lock);
    if (result == 0 && inode_is_removed(directory)) result = -ENOENT;
    if (result == 0) {
        result = directory->operations->make(directory, end.name, end.length, MODE_SOCKET | (0777 & ~process.umask), NULL, inode);
    }
    mutex_unlock(&name_lock);
    dentry_drop(end.parent);
    return result == -EEXIST ? -EADDRINUSE : result;
}

static bool path_exists(const struct socket_address *a) {
    char path[ADDRESS_MOST + 1];
    struct dentry *place;
    path_of(a, path);
    if (walk_path(process.directory, path, 0, &place) != 0) return false;
    dentry_drop(place);
    return true;
}

static struct unix_socket *find_bound(const struct socket_address *a, const struct inode *inode) {
    for (struct list *at = bound.next; at != &bound; at = at->next) {
        struct unix_socket *s = container_of(at, struct unix_socket, bound_node);
        if (inode ? s->bound_inode == inode
                  : !s->bound_inode && s->address.length == a->length && memcmp(s->address.bytes, a->bytes, a->length) == 0) {
            return s;
        }
    }
    return NULL;
}

static void choose_name(struct socket_address *a) {
    static unsigned next;
    static const char digits[] = "0123456789abcdef";
    *a = (struct socket_address){.length = PATH_AT + 6, .bytes = {FAMILY_UNIX}};
    unsigned n = ++next;
    for (int i = 4; i >= 0; i--, n /= 16) a->bytes[PATH_AT + 1 + i] = (uint8_t)digits[n % 16];
}

static int bind(struct file *file, const struct socket_address *address) {
    struct unix_socket *s = file->data;
    struct socket_address chosen = *address;
    struct inode *inode = NULL;
    int result = check_address(address);
    if (result == 0 && s->address.length > 0) result = has_path(address) && path_exists(address) ? -EADDRINUSE : -EINVAL;
    if (result == 0 && address->length == PATH_AT) choose_name(&chosen);
    if (result == 0 && has_path(&chosen)) result = make_node(&chosen, &inode);
    if (result != 0) return result;
    unix_lock();
    if (!inode && find_bound(&chosen, NULL)) result = -EADDRINUSE;
    if (result == 0) {
        s->address = chosen;
        s->bound_inode = inode;
        list_push_back(&bound, &s->bound_node);
    }
    unix_unlock();
    return result;
}

int unix_find(const struct socket_address *a, struct unix_socket **found) {
    struct dentry *place = NULL;
    char path[ADDRESS_MOST + 1];
    int result = check_address(a);
    if (result != 0) return result;
    if (has_path(a)) {
        path_of(a, path);
        result = walk_path(process.directory, path, 0, &place);
        if (result != 0) return result;
    }
    unix_lock();
    *found = find_bound(a, place ? place->inode : NULL);
    if (*found) refs_take(&(*found)->refs);
    unix_unlock();
    if (place) dentry_drop(place);
    return *found ? 0 : -ECONNREFUSED;
}

/// Enters a connection into the queue of a listener, and waits while that is full. The lock is held.
static int arrive(struct file *file, struct unix_socket *listener) {
    struct unix_socket *s = file->data, *other = make(s->kind);
    int result = other ? 0 : -ENOMEM;
    struct waiter w;
    while (result == 0 && listener->is_listening && !listener->is_closed && listener->arrived_count > listener->backlog) {
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
    join(s, other);
    list_push_back(&listener->arrived, &other->arrived_node);
    listener->arrived_count++;
    wake_all(&listener->readable);
    return 0;
}

static int connect(struct file *file, const struct socket_address *address) {
    enum { UNSPECIFIED = 0 };
    struct unix_socket *s = file->data, *other = NULL, *old = NULL;
    bool leaves = address->length >= PATH_AT && address->bytes[0] == UNSPECIFIED && s->kind == SOCKET_DATAGRAM;
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
        old = s->peer;
        s->peer = other; // the reference goes with it
        other = NULL;
    }
    unix_unlock();
    unix_drop(old);
    unix_drop(other);
    return result;
}

static int listen(struct file *file, int backlog) {
    struct unix_socket *s = file->data;
    if (s->kind == SOCKET_DATAGRAM) return -EOPNOTSUPP;
    if (s->address.length == 0 || s->peer) return -EINVAL;
    s->is_listening = true;
    s->backlog = backlog < 0 || backlog > BACKLOG_MOST ? BACKLOG_MOST : backlog;
    return 0;
}

static int accept(struct file *file, uint32_t flags, struct file **accepted) {
    struct unix_socket *s = file->data;
    struct waiter w;
    int result = 0;
    if (s->kind == SOCKET_DATAGRAM) return -EOPNOTSUPP;
    if (!s->is_listening) return -EINVAL;
    wait_begin(&s->readable, &w);
    while (list_is_empty(&s->arrived) && result == 0) {
        result = file->flags & OPEN_NONBLOCK ? -EAGAIN : (int)wait_sleep(&w, WAIT_FOREVER);
    }
    wait_end(&w);
    if (result != 0) return result;
    unix_lock();
    struct unix_socket *other = list_is_empty(&s->arrived) ? NULL : container_of(s->arrived.next, struct unix_socket, arrived_node);
    if (other) {
        list_remove(&other->arrived_node);
        s->arrived_count--;
    }
    unix_unlock();
    wake_all(&s->writable);
    if (!other) return -EAGAIN;
    *accepted = file_for(other, flags);
    return *accepted ? 0 : -ENOMEM;
}

static int shut_down(struct file *file, unsigned how) {
    struct unix_socket *s = file->data;
    unix_lock();
    int result = s->peer || s->was_connected ? 0 : -ENOTCONN;
    if (result == 0) {
        if (how & SHUT_READING) s->cannot_read = true;
        if (how & SHUT_WRITING) s->cannot_write = true;
        if (s->peer && s->kind != SOCKET_DATAGRAM) {
            if (how & SHUT_WRITING) s->peer->cannot_read = true;
            if (how & SHUT_READING) s->peer->cannot_write = true;
        }
        wake_both(s);
        if (s->peer) wake_both(s->peer);
    }
    unix_unlock();
    return result;
}

static void name(const struct file *file, struct socket_address *address) {
    static const struct socket_address none = {.length = PATH_AT, .bytes = {FAMILY_UNIX}};
    const struct unix_socket *s = file->data;
    *address = s->address.length > 0 ? s->address : none;
}

static int peer(const struct file *file, struct socket_address *address) {
    const struct unix_socket *s = file->data;
    unix_lock();
    int result = s->peer ? 0 : -ENOTCONN;
    if (result == 0) {
        *address = s->peer->address.length > 0 ? s->peer->address
                                               : (struct socket_address){.length = PATH_AT, .bytes = {FAMILY_UNIX}};
    }
    unix_unlock();
    return result;
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
    else if (request == READABLE && !list_is_empty(&s->inbox)) n = (int32_t)container_of(s->inbox.next, struct packet, node)->length;
    unix_unlock();
    return copy_to_user(argument, &n, sizeof n);
}

static int set_option(struct file *file, int level, int option, const void *value, uint32_t length) {
    struct unix_socket *s = file->data;
    if (level != LEVEL_SOCKET) return -ENOPROTOOPT;
    if (length < sizeof(int32_t)) return -EINVAL;
    if (option == OPTION_PASS_CREDENTIALS) s->passes_credentials = *(const int32_t *)value != 0;
    // Sizes of buffers and the like are hints.
    return 0;
}

static int get_option(struct file *file, int level, int option, void *value, uint32_t *length) {
    const struct unix_socket *s = file->data;
    int32_t *n = value;
    if (level != LEVEL_SOCKET) return -EOPNOTSUPP;
    *length = sizeof *n;
    switch (option) {
    case OPTION_TYPE:
        *n = s->kind;
        return 0;
    case OPTION_FAMILY:
        *n = FAMILY_UNIX;
        return 0;
    case OPTION_ACCEPTS:
        *n = s->is_listening;
        return 0;
    case OPTION_SEND_BUFFER:
    case OPTION_RECEIVE_BUFFER:
        *n = UNIX_INBOX_MOST;
        return 0;
    case OPTION_PASS_CREDENTIALS:
        *n = s->passes_credentials;
        return 0;
    case OPTION_ERROR:
    case OPTION_PROTOCOL:
        *n = 0;
        return 0;
    default:
        return -ENOPROTOOPT;
    }
}

static const struct socket_operations unix_operations = {.bind = bind,
                                                         .connect = connect,
                                                         .listen = listen,
                                                         .accept = accept,
                                                         .shutdown = shut_down,
                                                         .name = name,
                                                         .peer = peer,
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
