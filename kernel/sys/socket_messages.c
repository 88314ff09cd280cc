// Messages of sockets: send and receive in all their forms, and what comes with the bytes: files and credentials.

#include "lib/errno.h"
#include "lib/string.h"
#include "mem/heap.h"
#include "net/socket.h"
#include "sys/calls.h"
#include "sys/io_vector.h"
#include "sys/socket_arguments.h"
#include "proc/process.h"
#include "proc/signal.h"

enum { CONTROL_FILES = 1, CONTROL_CREDENTIALS = 2, CONTROL_PACKET_INFO = 8, MANY_MOST = 1024 };

/// As struct msghdr.
struct message_header {
    uint64_t name;
    uint32_t name_length, padding;
    uint64_t pieces, piece_count, control, control_length;
    int32_t flags, padding2;
};

/// As struct cmsghdr.
struct control_header {
    uint64_t length;
    int32_t level, type;
};

static uint64_t control_align(uint64_t n) { return (n + 7) & ~(uint64_t)7; }

/// Fetches the files that one control message names.
static int take_files(user_ptr_t from, uint64_t bytes, struct passed_files **passed) {
    uint64_t count = bytes / sizeof(int32_t);
    if (*passed || count > PASSED_MOST) return -EINVAL;
    *passed = kzalloc(sizeof **passed);
    if (!*passed) return -ENOMEM;
    for (uint64_t i = 0; i < count; i++) {
        int32_t descriptor;
        if (copy_from_user(&descriptor, from + i * sizeof descriptor, sizeof descriptor) != 0) return -EFAULT;
        struct file *file = file_of_any((uint32_t)descriptor);
        if (!file) return -EBADF;
        (*passed)->files[(*passed)->count++] = file;
    }
    return 0;
}

/// The address that a datagram is to be sent from (struct in_pktinfo).
static int take_source(user_ptr_t from, uint64_t bytes, uint32_t *source) {
    uint32_t info[3];
    if (bytes < sizeof info) return -EINVAL;
    if (copy_from_user(info, from, sizeof info) != 0) return -EFAULT;
    *source = __builtin_bswap32(info[1]);
    return 0;
}

static int take_control(const struct message_header *h, struct socket_message *m) {
    struct control_header c;
    for (uint64_t at = 0; h->control_length - at >= sizeof c && at < h->control_length; at += control_align(c.length)) {
        if (copy_from_user(&c, h->control + at, sizeof c) != 0) return -EFAULT;
        if (c.length < sizeof c || c.length > h->control_length - at) return -EINVAL;
        uint64_t bytes = c.length - sizeof c;
        int result = 0;
        if (c.level == LEVEL_IP && c.type == CONTROL_PACKET_INFO)
            result = take_source(h->control + at + sizeof c, bytes, &m->source);
        else if (c.level == LEVEL_SOCKET && c.type == CONTROL_FILES)
            result = take_files(h->control + at + sizeof c, bytes, &m->passed);
        // Credentials can only be those that everything here has.
        else if (c.level == LEVEL_SOCKET && c.type != CONTROL_CREDENTIALS) result = -EINVAL;
        if (result != 0) return result;
    }
    return 0;
}

static long signal_of(long result, const struct socket_message *m) {
    if (result == -EPIPE && !(m->flags & MESSAGE_NO_SIGNAL)) signal_broken_pipe();
    return result;
}

/// The pieces of a message: too many of them are too long a message.
static long pieces_of(struct io_vector *v, const struct message_header *h) {
    enum { PIECES_MOST = 1024 };
    return h->piece_count > PIECES_MOST ? -EMSGSIZE : io_vector_get(v, h->pieces, h->piece_count);
}

static long send_message(struct file *file, user_ptr_t header, unsigned flags) {
    struct message_header h;
    struct io_vector v;
    struct socket_message m = {.flags = flags};
    if (copy_from_user(&h, header, sizeof h) != 0) return -EFAULT;
    long result = h.name && h.name_length ? socket_address_get(&m.address, h.name, h.name_length) : 0;
    if (result == 0) result = h.control_length > 65536 ? -ENOBUFS : pieces_of(&v, &h);
    if (result != 0) return result;
    if (h.control && h.control_length) result = take_control(&h, &m);
    if (result == 0) result = socket_operations_of(file)->send(file, &v.io, &m);
    passed_files_free(m.passed);
    io_vector_put(&v);
    return signal_of(result, &m);
}

/// Where control messages go.
struct control_room {
    user_ptr_t at;
    uint64_t left, used;
};

/// Writes one control message, as far as it fits.
static int put_control(struct control_room *room, int32_t level, int32_t type, const void *content, uint64_t n,
                       unsigned *flags) {
    struct control_header c = {.level = level, .type = type};
    if (room->left < sizeof c) {
        *flags |= MESSAGE_CONTROL_CUT;
        return 0;
    }
    if (n > room->left - sizeof c) {
        n = (room->left - sizeof c) / sizeof(int32_t) * sizeof(int32_t);
        *flags |= MESSAGE_CONTROL_CUT;
    }
    c.length = sizeof c + n;
    if (copy_to_user(room->at + room->used, &c, sizeof c) != 0) return -EFAULT;
    if (copy_to_user(room->at + room->used + sizeof c, content, n) != 0) return -EFAULT;
    uint64_t whole = control_align(c.length) < room->left ? control_align(c.length) : room->left;
    room->used += whole;
    room->left -= whole;
    return 0;
}

/// Gives received files descriptors, as many as there is room for; the others are closed.
static int put_files(struct control_room *room, struct passed_files *passed, unsigned *flags) {
    int32_t descriptors[PASSED_MOST];
    uint64_t fits = room->left > sizeof(struct control_header) ? (room->left - sizeof(struct control_header)) / 4 : 0;
    unsigned count = 0;
    for (unsigned i = 0; i < passed->count && i < fits; i++) {
        file_take(passed->files[i]);
        long fd = descriptors_add(&process.files, passed->files[i], 0, *flags & MESSAGE_CLOSE_ON_EXEC);
        if (fd < 0) break;
        descriptors[count++] = (int32_t)fd;
    }
    if (count < passed->count) *flags |= MESSAGE_CONTROL_CUT;
    return count > 0 ? put_control(room, LEVEL_SOCKET, CONTROL_FILES, descriptors, count * sizeof *descriptors, flags)
                     : 0;
}

static long receive_message(struct file *file, user_ptr_t header, unsigned flags) {
    const struct credentials *mine = &task_current()->credentials;
    const uint32_t credentials[3] = {PROCESS_ID, mine->user[ID_REAL], mine->group[ID_REAL]};
    struct message_header h;
    struct io_vector v;
    struct control_messages controls = {.count = 0};
    struct socket_message m = {.flags = flags, .controls = &controls};
    if (copy_from_user(&h, header, sizeof h) != 0) return -EFAULT;
    long result = pieces_of(&v, &h);
    if (result != 0) return result;
    result = socket_operations_of(file)->receive(file, &v.io, &m);
    io_vector_put(&v);
    if (result < 0) return result;
    struct control_room room = {.at = h.control, .left = h.control ? h.control_length : 0};
    int failure = 0;
    for (unsigned i = 0; i < controls.count && failure == 0; i++) {
        failure = put_control(&room, controls.list[i].level, controls.list[i].type, controls.list[i].bytes,
                              controls.list[i].length, &m.flags);
    }
    if (m.has_credentials)
        failure = put_control(&room, LEVEL_SOCKET, CONTROL_CREDENTIALS, credentials, sizeof credentials, &m.flags);
    if (failure == 0 && m.passed) failure = put_files(&room, m.passed, &m.flags);
    passed_files_free(m.passed);
    if (failure == 0 && h.name) {
        uint32_t n = m.address.length < h.name_length ? m.address.length : h.name_length;
        failure = (int)copy_to_user(h.name, m.address.bytes, n);
    }
    h.name_length = m.address.length;
    h.control_length = room.used;
    h.flags = (int32_t)(m.flags & (MESSAGE_CUT | MESSAGE_CONTROL_CUT | MESSAGE_CLOSE_ON_EXEC));
    if (failure == 0) failure = (int)copy_to_user(header, &h, sizeof h);
    if (failure != 0) return failure;
    return (flags & MESSAGE_CUT) ? (long)m.whole : result;
}

typedef long one_message(struct file *file, user_ptr_t header, unsigned flags);

static long with_socket(const struct syscall *c, one_message *what) {
    struct file *file;
    long result = socket_of(c->arg[0], &file);
    if (result != 0) return result;
    result = what(file, c->arg[1], (uint32_t)c->arg[2]);
    file_drop(file);
    return result;
}

long sys_sendmsg(const struct syscall *c) { return with_socket(c, send_message); }
long sys_recvmsg(const struct syscall *c) { return with_socket(c, receive_message); }

/// Messages one after the other; once one was moved, none is waited for.
static long many(const struct syscall *c, one_message *what, bool dont_wait_after_first) {
    enum { ENTRY = 64, LENGTH_AT = 56, WAIT_FOR_ONE = 0x10000 };
    struct file *file;
    unsigned flags = (uint32_t)c->arg[3];
    uint32_t count = (uint32_t)c->arg[2] < MANY_MOST ? (uint32_t)c->arg[2] : MANY_MOST, done = 0;
    long result = socket_of(c->arg[0], &file);
    if (result != 0) return result;
    for (; done < count && result >= 0; done++) {
        unsigned now = flags & ~(unsigned)WAIT_FOR_ONE;
        if (done > 0 && dont_wait_after_first && (flags & WAIT_FOR_ONE)) now |= MESSAGE_DONT_WAIT;
        result = what(file, c->arg[1] + (uint64_t)done * ENTRY, now);
        uint32_t n = (uint32_t)result;
        if (result >= 0 && copy_to_user(c->arg[1] + (uint64_t)done * ENTRY + LENGTH_AT, &n, sizeof n) != 0)
            result = -EFAULT;
        if (result < 0) break;
    }
    file_drop(file);
    return done > 0 ? (long)done : result;
}

long sys_sendmmsg(const struct syscall *c) { return many(c, send_message, false); }
long sys_recvmmsg(const struct syscall *c) {
    uint64_t ns;
    int result = c->arg[4] ? time_from_user(c->arg[4], &ns) : 0;
    return result != 0 ? result : many(c, receive_message, true);
}

long sys_sendto(const struct syscall *c) {
    struct file *file;
    struct io io;
    struct socket_message m = {.flags = (uint32_t)c->arg[3]};
    long result = socket_of(c->arg[0], &file);
    if (result != 0) return result;
    if (c->arg[4]) result = socket_address_get(&m.address, c->arg[4], (uint32_t)c->arg[5]);
    io_user(&io, c->arg[1], c->arg[2] < INT32_MAX ? c->arg[2] : INT32_MAX);
    if (result == 0) result = socket_operations_of(file)->send(file, &io, &m);
    file_drop(file);
    return signal_of(result, &m);
}

long sys_recvfrom(const struct syscall *c) {
    struct file *file;
    struct io io;
    unsigned flags = (uint32_t)c->arg[3];
    struct socket_message m = {.flags = flags};
    long result = socket_of(c->arg[0], &file);
    if (result != 0) return result;
    io_user(&io, c->arg[1], c->arg[2] < INT32_MAX ? c->arg[2] : INT32_MAX);
    result = socket_operations_of(file)->receive(file, &io, &m);
    file_drop(file);
    passed_files_free(m.passed);
    if (result < 0) return result;
    if (flags & MESSAGE_CUT) result = (long)m.whole;
    int failure = socket_address_put(&m.address, c->arg[4], c->arg[5]);
    return failure != 0 ? failure : result;
}
