// Sockets: making, naming, connecting, options. Messages are in socket_messages.c.

#include "net/inet/inet.h"
#include "net/netlink/netlink.h"
#include "net/socket.h"
#include "net/unix.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "sys/calls.h"
#include "sys/socket_arguments.h"
#include "proc/process.h"

enum { KIND = 0xf, KIND_FLAGS = OPEN_NONBLOCK | OPEN_CLOSE_ON_EXEC };

int socket_of(uint64_t descriptor, struct file **file) {
    *file = file_of(descriptor);
    if (!*file) return -EBADF;
    if (socket_operations_of(*file)) return 0;
    file_drop(*file);
    return -ENOTSOCK;
}

int socket_address_get(struct socket_address *a, user_ptr_t from, uint64_t length) {
    a->length = (uint32_t)length;
    if (length > sizeof a->bytes) return -EINVAL;
    return (int)copy_from_user(a->bytes, from, length);
}

int socket_address_put(const struct socket_address *a, user_ptr_t to, user_ptr_t length_at) {
    uint32_t room;
    if (!to) return 0;
    if (copy_from_user(&room, length_at, sizeof room) != 0) return -EFAULT;
    if ((int32_t)room < 0) return -EINVAL;
    uint32_t n = a->length < room ? a->length : room;
    if (copy_to_user(to, a->bytes, n) != 0) return -EFAULT;
    return (int)copy_to_user(length_at, &a->length, sizeof a->length);
}

static int check_kind(uint64_t family, uint64_t kind, uint64_t protocol) {
    if (family != FAMILY_UNIX) return -EAFNOSUPPORT;
    if (kind & ~(uint64_t)(KIND | KIND_FLAGS)) return -EINVAL;
    if ((kind & KIND) != SOCKET_STREAM && (kind & KIND) != SOCKET_DATAGRAM && (kind & KIND) != SOCKET_SEQUENCE) {
        return -ESOCKTNOSUPPORT;
    }
    return protocol == 0 || protocol == FAMILY_UNIX ? 0 : -EPROTONOSUPPORT;
}

static int make_socket(uint32_t family, uint32_t kind, uint32_t protocol, struct file **file) {
    uint32_t flags = kind & OPEN_NONBLOCK;
    if (kind & ~(uint32_t)(KIND | KIND_FLAGS)) return -EINVAL;
    if (family == FAMILY_INET) return inet_make((int)(kind & KIND), protocol, flags, file);
    if (family == FAMILY_NETLINK) return netlink_make((int)(kind & KIND), protocol, flags, file);
    int result = check_kind(family, kind, protocol);
    if (result != 0) return result;
    *file = unix_make((int)(kind & KIND), flags);
    return *file ? 0 : -ENOMEM;
}

long sys_socket(const struct syscall *c) {
    struct file *file;
    int result = make_socket((uint32_t)c->arg[0], (uint32_t)c->arg[1], (uint32_t)c->arg[2], &file);
    return result == 0 ? descriptors_add(&process.files, file, 0, (uint32_t)c->arg[1] & OPEN_CLOSE_ON_EXEC) : result;
}

long sys_socketpair(const struct syscall *c) {
    uint32_t kind = (uint32_t)c->arg[1];
    struct file *a, *b;
    if ((uint32_t)c->arg[0] == FAMILY_INET || (uint32_t)c->arg[0] == FAMILY_NETLINK) return -EOPNOTSUPP;
    int result = check_kind((uint32_t)c->arg[0], kind, (uint32_t)c->arg[2]);
    if (result == 0) result = unix_make_pair((int)(kind & KIND), kind & OPEN_NONBLOCK, &a, &b);
    return result == 0 ? put_pair(a, b, kind & OPEN_CLOSE_ON_EXEC, c->arg[3]) : result;
}

static long do_with_address(const struct syscall *c, bool connects) {
    struct file *file;
    struct socket_address address;
    long result = socket_of(c->arg[0], &file);
    if (result != 0) return result;
    result = socket_address_get(&address, c->arg[1], (uint32_t)c->arg[2]);
    const struct socket_operations *o = socket_operations_of(file);
    if (result == 0) result = connects ? o->connect(file, &address) : o->bind(file, &address);
    file_drop(file);
    return result;
}

long sys_bind(const struct syscall *c) { return do_with_address(c, false); }
long sys_connect(const struct syscall *c) { return do_with_address(c, true); }

long sys_listen(const struct syscall *c) {
    struct file *file;
    long result = socket_of(c->arg[0], &file);
    if (result != 0) return result;
    result = socket_operations_of(file)->listen(file, (int)c->arg[1]);
    file_drop(file);
    return result;
}

static long accept_with(const struct syscall *c, uint32_t flags) {
    struct file *file, *accepted;
    struct socket_address address;
    if (flags & ~(uint32_t)KIND_FLAGS) return -EINVAL;
    long result = socket_of(c->arg[0], &file);
    if (result != 0) return result;
    result = socket_operations_of(file)->accept(file, flags & OPEN_NONBLOCK, &accepted);
    file_drop(file);
    if (result != 0) return result;
    if (c->arg[1]) {
        if (socket_operations_of(accepted)->peer(accepted, &address) != 0) address.length = 0;
        result = socket_address_put(&address, c->arg[1], c->arg[2]);
    }
    if (result == 0) return descriptors_add(&process.files, accepted, 0, flags & OPEN_CLOSE_ON_EXEC);
    file_drop(accepted);
    return result;
}

long sys_accept(const struct syscall *c) { return accept_with(c, 0); }
long sys_accept4(const struct syscall *c) { return accept_with(c, (uint32_t)c->arg[3]); }

long sys_shutdown(const struct syscall *c) {
    struct file *file;
    if (c->arg[1] > 2) return -EINVAL;
    long result = socket_of(c->arg[0], &file);
    if (result != 0) return result;
    // SHUT_RD, SHUT_WR, SHUT_RDWR are 0, 1, 2: one less than the bits.
    result = socket_operations_of(file)->shutdown(file, (unsigned)c->arg[1] + 1);
    file_drop(file);
    return result;
}

static long tell_name(const struct syscall *c, bool of_peer) {
    struct file *file;
    struct socket_address address;
    long result = socket_of(c->arg[0], &file);
    if (result != 0) return result;
    const struct socket_operations *o = socket_operations_of(file);
    if (of_peer) result = o->peer(file, &address);
    else o->name(file, &address);
    if (result == 0) result = socket_address_put(&address, c->arg[1], c->arg[2]);
    file_drop(file);
    return result;
}

long sys_getsockname(const struct syscall *c) { return tell_name(c, false); }
long sys_getpeername(const struct syscall *c) { return tell_name(c, true); }

long sys_setsockopt(const struct syscall *c) {
    struct file *file;
    union {
        int32_t word;
        uint8_t bytes[OPTION_MOST];
    } value = {.word = 0};
    uint32_t length = (uint32_t)c->arg[4];
    long result = socket_of(c->arg[0], &file);
    if (result != 0) return result;
    if ((int32_t)length < 0) result = -EINVAL;
    else result = copy_from_user(value.bytes, c->arg[3], length < OPTION_MOST ? length : OPTION_MOST);
    if (result == 0) {
        result = socket_operations_of(file)->set_option(file, (int)c->arg[1], (int)c->arg[2], &value,
                                                        length < OPTION_MOST ? length : OPTION_MOST);
    }
    file_drop(file);
    return result;
}

struct socket_owner socket_owner_now(void) {
    const struct credentials *c = &task_current()->credentials;
    return (struct socket_owner){PROCESS_ID, c->user[ID_EFFECTIVE], c->group[ID_EFFECTIVE]};
}

long sys_getsockopt(const struct syscall *c) {
    static const struct socket_owner nobody = {.user = UINT32_MAX, .group = UINT32_MAX};
    struct file *file;
    union {
        int32_t word;
        uint8_t bytes[OPTION_MOST];
    } value = {.bytes = {0}};
    uint32_t room, n;
    long result = socket_of(c->arg[0], &file);
    if (result != 0) return result;
    if (copy_from_user(&room, c->arg[4], sizeof room) != 0) result = -EFAULT;
    else if ((int32_t)room < 0) result = -EINVAL;
    n = room;
    if (result == 0 && c->arg[1] == LEVEL_SOCKET && (int)c->arg[2] == OPTION_PEER_CREDENTIALS &&
        !socket_operations_of(file)->knows_peer_owner) {
        n = sizeof nobody;
        memcpy(value.bytes, &nobody, n);
    } else if (result == 0) {
        result = socket_operations_of(file)->get_option(file, (int)c->arg[1], (int)c->arg[2], &value, &n);
    }
    file_drop(file);
    if (result != 0) return result;
    if (n > room) n = room;
    if (copy_to_user(c->arg[3], value.bytes, n) != 0) return -EFAULT;
    return copy_to_user(c->arg[4], &n, sizeof n);
}
