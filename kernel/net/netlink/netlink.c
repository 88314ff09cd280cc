// Netlink sockets: what is asked is answered at once, and waits to be received.

#include "net/netlink/netlink.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/heap.h"
#include "net/netlink/route_answers.h"
#include "net/network.h"
#include "proc/process.h"

enum { ROUTE = 0, REQUEST_MOST = 4096, WAITING_MOST = 16, ADDRESS = 12, FAMILY_AT = 0, PORT_AT = 4 };

struct netlink {
    uint32_t port;
    struct packet_queue inbox;
    unsigned waiting;
    struct wait_queue readable;
};

static const struct file_operations operations;

static void put_address(struct socket_address *a, uint32_t port) {
    *a = (struct socket_address){.length = ADDRESS, .bytes = {FAMILY_NETLINK}};
    memcpy(a->bytes + PORT_AT, &port, sizeof port);
}

int netlink_make(int kind, uint32_t protocol, uint32_t flags, struct file **file) {
    static uint32_t next = PROCESS_ID;
    if (kind != SOCKET_DATAGRAM && kind != SOCKET_RAW) return -ESOCKTNOSUPPORT;
    if (protocol != ROUTE) return -EPROTONOSUPPORT;
    struct netlink *n = kzalloc(sizeof *n);
    *file = n ? socket_file(&operations, flags, n) : NULL;
    if (!*file) {
        kfree(n);
        return -ENOMEM;
    }
    n->port = next++;
    wait_queue_init(&n->readable);
    return 0;
}

static void close_netlink(struct file *file) {
    struct netlink *n = file->data;
    packet_free_all(&n->inbox);
    kfree(n);
}

static int bind(struct file *file, const struct socket_address *a) {
    struct netlink *n = file->data;
    uint32_t port;
    if (a->length < ADDRESS || a->bytes[FAMILY_AT] != FAMILY_NETLINK) return -EINVAL;
    memcpy(&port, a->bytes + PORT_AT, sizeof port);
    if (port) n->port = port;
    return 0;
}

static int connect(struct file *file, const struct socket_address *a) {
    (void)file;
    return a->length >= ADDRESS ? 0 : -EINVAL;
}

static int no_listen(struct file *file, int backlog) {
    (void)file;
    (void)backlog;
    return -EOPNOTSUPP;
}

static int no_accept(struct file *file, uint32_t flags, struct file **accepted) {
    (void)file;
    (void)flags;
    (void)accepted;
    return -EOPNOTSUPP;
}

static int no_shutdown(struct file *file, unsigned how) {
    (void)file;
    (void)how;
    return -EOPNOTSUPP;
}

static void name(const struct file *file, struct socket_address *a) {
    put_address(a, ((const struct netlink *)file->data)->port);
}

static int peer(const struct file *file, struct socket_address *a) {
    (void)file;
    put_address(a, 0);
    return 0;
}

static void answer(struct netlink *n, const uint8_t *request, uint32_t length) {
    struct packet *p = n->waiting < WAITING_MOST ? route_answer(network_begin(), request, length, n->port) : NULL;
    if (!p) return;
    packet_append(&n->inbox, p);
    n->waiting++;
    wake_all(&n->readable);
}

static long send(struct file *file, struct io *io, struct socket_message *m) {
    uint64_t all = io->left;
    if (m->passed) return -EINVAL;
    if (all > REQUEST_MOST) return -EMSGSIZE;
    uint8_t *bytes = kmalloc(REQUEST_MOST);
    if (!bytes) return -ENOBUFS;
    long result = io_take(io, bytes, all);
    for (uint32_t at = 0; result == 0 && all - at >= NETLINK_HEADER;) {
        uint32_t length;
        memcpy(&length, bytes + at, sizeof length);
        if (length < NETLINK_HEADER || length > all - at) break;
        answer(file->data, bytes + at, length);
        // Messages begin at multiples of four.
        at += (length + 3) & ~3u;
        if (at > all) break;
    }
    kfree(bytes);
    return result == 0 ? (long)all : result;
}

static long receive(struct file *file, struct io *io, struct socket_message *m) {
    struct netlink *n = file->data;
    struct waiter w;
    long result = 0;
    bool waits = !(file->flags & OPEN_NONBLOCK) && !(m->flags & MESSAGE_DONT_WAIT);
    wait_begin(&n->readable, &w);
    while (!n->inbox.first && result == 0) result = waits ? wait_sleep(&w, WAIT_FOREVER) : -EAGAIN;
    wait_end(&w);
    if (result != 0) return result;
    bool stays = m->flags & MESSAGE_PEEK;
    // Copied while it is nobody's, and put back if it was only looked at.
    struct packet *p = packet_take(&n->inbox);
    uint64_t count = p->length < io->left ? p->length : io->left;
    m->passed = NULL;
    m->whole = p->length;
    if (count < p->length) m->flags |= MESSAGE_CUT;
    else m->flags &= ~(unsigned)MESSAGE_CUT;
    put_address(&m->address, 0);
    result = io_put(io, p->data, count);
    if (stays) {
        p->next = n->inbox.first;
        n->inbox.first = p;
        if (!n->inbox.last) n->inbox.last = p;
    } else {
        n->waiting--;
        packet_free(p);
    }
    return result == 0 ? (long)count : result;
}

static long read(struct file *file, struct io *io, uint64_t position) {
    struct socket_message m = {0};
    (void)position;
    return receive(file, io, &m);
}

static long write(struct file *file, struct io *io, uint64_t position) {
    struct socket_message m = {0};
    (void)position;
    return send(file, io, &m);
}

static unsigned poll(struct file *file, struct poll_queues *queues) {
    struct netlink *n = file->data;
    if (queues) queues->add(queues, &n->readable);
    return POLL_OUT | (n->inbox.first ? POLL_IN : 0);
}

static int set_option(struct file *file, int level, int option, const void *value, uint32_t length) {
    (void)file;
    (void)level;
    (void)option;
    (void)value;
    (void)length;
    // Sizes, filters and strictness: answers are few and the same.
    return 0;
}

static int get_option(struct file *file, int level, int option, void *value, uint32_t *length) {
    enum { USUAL_BUFFER = 212992 };
    int32_t *n = value;
    (void)file;
    *length = sizeof *n;
    if (level != LEVEL_SOCKET) return -ENOPROTOOPT;
    *n = option == OPTION_TYPE     ? SOCKET_RAW
         : option == OPTION_FAMILY ? FAMILY_NETLINK
         : option == OPTION_ERROR  ? 0
                                   : USUAL_BUFFER;
    return 0;
}

static const struct socket_operations netlink_operations = {.bind = bind,
                                                            .connect = connect,
                                                            .listen = no_listen,
                                                            .accept = no_accept,
                                                            .shutdown = no_shutdown,
                                                            .name = name,
                                                            .peer = peer,
                                                            .send = send,
                                                            .receive = receive,
                                                            .set_option = set_option,
                                                            .get_option = get_option};
static const struct file_operations operations = {.kind = "socket",
                                                  .sockets = &netlink_operations,
                                                  .read = read,
                                                  .write = write,
                                                  .poll = poll,
                                                  .close = close_netlink};
