// ioctls of sockets: what can be read, and what interfaces there are.

#include "net/inet/inet.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/inet/inet_socket.h"
#include "net/stack/wire.h"

enum request {
    READABLE = 0x541b,
    UNSENT = 0x5411,
    GET_CONF = 0x8912,
    GET_NAME = 0x8910,
    GET_FLAGS = 0x8913,
    GET_ADDRESS = 0x8915,
    GET_OTHER_END = 0x8917,
    GET_BROADCAST = 0x8919,
    GET_MASK = 0x891b,
    GET_METRIC = 0x891d,
    GET_MTU = 0x8921,
    GET_HARDWARE = 0x8927,
    GET_INDEX = 0x8933,
    GET_QUEUE = 0x8942,
    ETHERNET_TOOL = 0x8946,
    AT_MARK = 0x8905,
};
enum { FLAG_UP = 1, FLAG_BROADCAST = 2, FLAG_LOOPBACK = 8, FLAG_RUNNING = 0x40, FLAG_MULTICAST = 0x1000 };
enum { HARDWARE_ETHERNET = 1, HARDWARE_LOOPBACK = 772, QUEUE = 1000 };

/// As struct ifreq.
struct interface_request {
    char name[INTERFACE_NAME];
    union {
        uint8_t address[16]; // as struct sockaddr
        int32_t number;
        int16_t flags;
        uint8_t all[24];
    };
};

static void put_address(struct interface_request *r, uint32_t address) {
    memset(r->all, 0, sizeof r->all);
    r->address[0] = FAMILY_INET;
    wire_put32(r->address + 4, address);
}

static struct interface *find(struct net_stack *stack, const struct interface_request *r) {
    for (unsigned i = 0; i < stack->interface_count; i++) {
        if (strncmp(stack->interfaces[i].name, r->name, INTERFACE_NAME) == 0) return &stack->interfaces[i];
    }
    return NULL;
}

/// As struct ifconf: the addresses of all interfaces that have one.
static long list_addresses(struct net_stack *stack, user_ptr_t argument) {
    struct {
        int32_t length, padding;
        uint64_t at;
    } list;
    if (copy_from_user(&list, argument, sizeof list) != 0) return -EFAULT;
    int32_t used = 0;
    for (unsigned i = 0; i < stack->interface_count; i++) {
        const struct interface *at = &stack->interfaces[i];
        struct interface_request r = {.name = {0}};
        if (!at->address) continue;
        memcpy(r.name, at->name, sizeof r.name);
        put_address(&r, at->address);
        if (list.at && list.length - used < (int32_t)sizeof r) break;
        if (list.at && copy_to_user(list.at + (uint32_t)used, &r, sizeof r) != 0) return -EFAULT;
        used += (int32_t)sizeof r;
    }
    list.length = used;
    return copy_to_user(argument, &list, sizeof list);
}

static int answer(const struct interface *i, unsigned request, struct interface_request *r) {
    switch (request) {
    case GET_FLAGS:
        r->flags = i->is_loopback ? FLAG_UP | FLAG_LOOPBACK | FLAG_RUNNING
                                  : FLAG_UP | FLAG_BROADCAST | FLAG_RUNNING | FLAG_MULTICAST;
        return 0;
    case GET_ADDRESS:
    case GET_OTHER_END: // as Linux has it where there is none
        put_address(r, i->address);
        return i->address ? 0 : -EADDRNOTAVAIL;
    case GET_MASK: put_address(r, i->mask); return i->address ? 0 : -EADDRNOTAVAIL;
    case GET_BROADCAST:
        put_address(r, i->is_loopback ? 0 : i->address | ~i->mask);
        return i->address ? 0 : -EADDRNOTAVAIL;
    case GET_HARDWARE:
        memset(r->all, 0, sizeof r->all);
        *(uint16_t *)(void *)r->address = i->is_loopback ? HARDWARE_LOOPBACK : HARDWARE_ETHERNET;
        memcpy(r->address + 2, i->mac, sizeof i->mac);
        return 0;
    case GET_MTU: r->number = (int32_t)i->mtu; return 0;
    case GET_INDEX: r->number = (int32_t)i->index; return 0;
    case ETHERNET_TOOL: return -EOPNOTSUPP;
    case GET_METRIC: r->number = 0; return 0;
    default: r->number = QUEUE; return 0;
    }
}

static long ask_interface(struct net_stack *stack, unsigned request, user_ptr_t argument) {
    struct interface_request r;
    if (copy_from_user(&r, argument, sizeof r) != 0) return -EFAULT;
    r.name[INTERFACE_NAME - 1] = '\0';
    if (request == GET_NAME) {
        if (r.number < 1 || (uint32_t)r.number > stack->interface_count) return -ENODEV;
        memcpy(r.name, stack->interfaces[r.number - 1].name, sizeof r.name);
        return copy_to_user(argument, &r, sizeof r);
    }
    const struct interface *i = find(stack, &r);
    if (!i) return -ENODEV;
    int result = answer(i, request, &r);
    return result == 0 ? copy_to_user(argument, &r, sizeof r) : result;
}

long interface_control(unsigned request, uint64_t argument) {
    struct net_stack *stack = network_begin();
    switch (request) {
    case GET_CONF: return list_addresses(stack, argument);
    case GET_NAME:
    case GET_FLAGS:
    case GET_ADDRESS:
    case GET_OTHER_END:
    case GET_BROADCAST:
    case GET_MASK:
    case GET_METRIC:
    case GET_MTU:
    case GET_HARDWARE:
    case GET_INDEX:
    case GET_QUEUE:
    case ETHERNET_TOOL: return ask_interface(stack, request, argument);
    default: return -ENOTTY;
    }
}

long inet_control(struct file *file, unsigned request, uint64_t argument) {
    struct inet_socket *s = file->data;
    int32_t n = 0;
    switch (request) {
    case READABLE:
        if (s->is_listening) return -EINVAL;
        if (s->kind == SOCKET_DATAGRAM) n = s->udp.inbox.first ? (int32_t)s->udp.inbox.first->length : 0;
        else if (s->connection) n = (int32_t)tcp_unread_bytes(s->connection);
        return copy_to_user(argument, &n, sizeof n);
    case AT_MARK: return s->kind == SOCKET_STREAM ? copy_to_user(argument, &n, sizeof n) : -ENOTTY;
    case UNSENT:
        if (s->is_listening) return -EINVAL;
        if (s->connection) n = (int32_t)tcp_unsent_bytes(s->connection);
        return copy_to_user(argument, &n, sizeof n);
    default: return interface_control(request, argument);
    }
}
