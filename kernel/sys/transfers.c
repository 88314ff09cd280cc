// From one file to another without the program's memory in between: sendfile, copy_file_range, splice, tee.

#include "fs/file.h"
#include "fs/pipe.h"
#include "lib/errno.h"
#include "mem/heap.h"
#include "sys/calls.h"
#include "sys/io_vector.h"
#include "proc/signal.h"
#include "sched/thread.h"

enum { CHUNK = 65536, SPLICE_NONBLOCK = 2, SPLICE_FLAGS = 15 };

/// One side of a transfer: at the file's own position, or at a place of its own.
struct side {
    struct file *file;
    user_ptr_t place; // 0: the file's own position
    uint64_t at;
};

static long begin(struct side *s, uint64_t descriptor, user_ptr_t place) {
    *s = (struct side){.file = file_of(descriptor), .place = place};
    if (!s->file) return -EBADF;
    if (place && copy_from_user(&s->at, place, sizeof s->at) != 0) return -EFAULT;
    return 0;
}

static long end(struct side *s, long moved) {
    long result = s->place && moved > 0 ? copy_to_user(s->place, &s->at, sizeof s->at) : 0;
    file_drop(s->file);
    return result;
}

struct one_queue {
    struct poll_queues collector;
    struct waiter waiters[2];
    unsigned count;
};

static void add_queue(struct poll_queues *collector, struct wait_queue *queue) {
    struct one_queue *q = container_of(collector, struct one_queue, collector);
    if (q->count < 2) wait_begin(queue, &q->waiters[q->count++]);
}

/// Waits until a file is ready for `way` (POLL_IN or POLL_OUT), or at its end. -EAGAIN where it is at once.
static long wait_ready(struct file *file, unsigned way) {
    struct one_queue q = {.collector = {.add = add_queue}};
    long result = 0;
    unsigned events = file->operations->poll ? file->operations->poll(file, &q.collector) : way;
    if (events & way) result = -EAGAIN;
    while (!(events & (way | POLL_ERROR | POLL_HANG_UP)) && q.count > 0 && result == 0) {
        result = wait_sleep_any(q.waiters, q.count, WAIT_FOREVER);
        events = file->operations->poll(file, NULL);
    }
    for (unsigned i = 0; i < q.count; i++) wait_end(&q.waiters[i]);
    return result;
}

static long write_all(struct side *to, char *bytes, uint64_t n) {
    uint64_t done = 0;
    while (done < n) {
        struct io io;
        io_kernel(&io, bytes + done, n - done);
        long written = file_write(to->file, &io, to->place ? &to->at : NULL);
        // One that does not block by itself: what was read for it must not be lost.
        if (written == -EAGAIN) written = wait_ready(to->file, POLL_OUT);
        if (written == -EPIPE) signal_broken_pipe();
        if (written < 0) return done > 0 ? (long)done : written;
        // The wait's 0 is no reason to write without end to what never takes a byte.
        if (written == 0 && thread_pause()) return done > 0 ? (long)done : -EINTR;
        done += (uint64_t)written;
        to->at += (uint64_t)written;
    }
    return (long)done;
}

static bool is_ready(struct file *file, unsigned events) {
    return !file->operations->poll || (file->operations->poll(file, NULL) & events);
}

/// Moves up to `length` bytes. Once some were moved, it waits for no more, and a signal ends it. Their number, or a
/// negative errno.
static long move(struct side *from, struct side *to, uint64_t length) {
    long moved = 0, result = 0;
    if (length > IO_LARGEST) length = IO_LARGEST;
    char *buffer = kmalloc(CHUNK);
    if (!buffer) return -ENOMEM;
    while (length > 0) {
        struct io io;
        if (moved > 0 && !from->file->operations->seekable && !is_ready(from->file, POLL_IN)) break;
        if (moved > 0 && thread_pause()) break;
        io_kernel(&io, buffer, length < CHUNK ? length : CHUNK);
        result = file_read(from->file, &io, from->place ? &from->at : NULL);
        if (result <= 0) break;
        long written = write_all(to, buffer, (uint64_t)result);
        // What was read and could not be written is given back to the position.
        long back = (written > 0 ? written : 0) - result;
        if (back < 0 && !from->place && from->file->operations->seekable) file_seek(from->file, back, 1);
        result = written;
        if (written < 0) break;
        moved += written;
        from->at += (uint64_t)written;
        length -= (uint64_t)written;
        if (back < 0) break;
    }
    kfree(buffer);
    return moved > 0 ? moved : result;
}

static long move_between(struct side *from, struct side *to, uint64_t length, long result) {
    long moved = result == 0 ? move(from, to, length) : result;
    long from_end = end(from, moved), to_end = end(to, moved);
    return from_end != 0 ? from_end : to_end != 0 ? to_end : moved;
}

static uint64_t smaller(uint64_t a, uint64_t b) { return a < b ? a : b; }

/// Whether what is to be moved, and where, can be added up: 0, -EINVAL.
static long check_range(const struct side *s, uint64_t length) {
    uint64_t at = s->place ? s->at : s->file->position;
    return length > INT64_MAX || (int64_t)at < 0 || at > INT64_MAX - length ? -EINVAL : 0;
}

static long check_sendfile(const struct side *from, const struct side *to, uint64_t *length) {
    if (!file_can_read(from->file)) return -EBADF;
    if (from->place && !from->file->operations->seekable) return -ESPIPE;
    if (check_range(from, *length) != 0) return -EINVAL;
    *length = smaller(*length, IO_LARGEST);
    if (!file_can_write(to->file)) return -EBADF;
    uint64_t at = from->place ? from->at : from->file->position;
    uint64_t largest = smaller(inode_largest(from->file->inode), inode_largest(to->file->inode));
    if (at + *length > largest && at >= largest) return -EOVERFLOW;
    *length = smaller(*length, largest - at);
    bool is_pipe = inode_is(from->file->inode, MODE_PIPE) || inode_is(from->file->inode, MODE_SOCKET);
    return is_pipe || (to->file->flags & OPEN_APPEND) ? -EINVAL : 0;
}

long sys_sendfile(const struct syscall *c) {
    struct side from, to;
    uint64_t length = c->arg[3];
    long result = begin(&to, c->arg[0], 0), other = begin(&from, c->arg[1], c->arg[2]);
    // The source is what is looked at first.
    if (other != 0) result = other;
    if (result == 0) result = check_sendfile(&from, &to, &length);
    return move_between(&from, &to, length, result);
}

/// Places and length of a copy_file_range: cut at the end of what is there. 0 or a negative errno.
static long check_copy(const struct side *from, const struct side *to, uint64_t *length) {
    uint64_t in = from->place ? from->at : from->file->position, out = to->place ? to->at : to->file->position,
             size = from->file->inode->size;
    if (in + *length < in || out + *length < out) return -EOVERFLOW;
    *length = in >= size ? 0 : smaller(*length, size - in);
    if (from->file->inode == to->file->inode && out + *length > in && out < in + *length) return -EINVAL;
    *length = smaller(*length, IO_LARGEST);
    return check_range(from, *length) == 0 && check_range(to, *length) == 0 ? 0 : -EINVAL;
}

long sys_copy_file_range(const struct syscall *c) {
    struct side from, to;
    long result = begin(&from, c->arg[0], c->arg[1]), other = begin(&to, c->arg[2], c->arg[3]);
    if (result == 0) result = other;
    uint64_t length = c->arg[4];
    if (result == 0 && (uint32_t)c->arg[5] != 0) result = -EINVAL;
    if (result == 0) {
        const struct inode *a = from.file->inode, *b = to.file->inode;
        if (inode_is(a, MODE_DIRECTORY) || inode_is(b, MODE_DIRECTORY)) result = -EISDIR;
        else if (!inode_is(a, MODE_FILE) || !inode_is(b, MODE_FILE)) result = -EINVAL;
        else if (!file_can_read(from.file) || !file_can_write(to.file) || (to.file->flags & OPEN_APPEND))
            result = -EBADF;
        else if (b->running) result = -ETXTBSY;
    }
    if (result == 0) result = check_copy(&from, &to, &length);
    return move_between(&from, &to, length, result);
}

long sys_splice(const struct syscall *c) {
    struct side from, to;
    if (c->arg[5] & ~(uint64_t)SPLICE_FLAGS) return -EINVAL;
    if (c->arg[4] == 0) return 0;
    long result = begin(&from, c->arg[0], c->arg[1]), other = begin(&to, c->arg[2], c->arg[3]);
    if (result == 0) result = other;
    if (result == 0 && (!file_can_read(from.file) || !file_can_write(to.file))) result = -EBADF;
    if (result == 0) {
        bool from_pipe = inode_is(from.file->inode, MODE_PIPE), to_pipe = inode_is(to.file->inode, MODE_PIPE);
        bool must_not_wait = c->arg[5] & SPLICE_NONBLOCK;
        if (!from_pipe && !to_pipe) result = -EINVAL;
        else if ((from_pipe && from.place) || (to_pipe && to.place)) result = -ESPIPE;
        else if (from_pipe && to_pipe && from.file->data == to.file->data) result = -EINVAL;
        else if ((from.place &&
                  (!from.file->operations->seekable || check_range(&from, smaller(c->arg[4], IO_LARGEST)) != 0)) ||
                 (to.place &&
                  (!to.file->operations->seekable || check_range(&to, smaller(c->arg[4], IO_LARGEST)) != 0)))
            result = -EINVAL;
        else if (from_pipe && !to_pipe && (to.file->flags & OPEN_APPEND)) result = -EINVAL;
        else if (from_pipe && must_not_wait && !is_ready(from.file, POLL_IN | POLL_HANG_UP)) result = -EAGAIN;
        else if (to_pipe && (must_not_wait || (to.file->flags & OPEN_NONBLOCK)) &&
                 !is_ready(to.file, POLL_OUT | POLL_ERROR))
            result = -EAGAIN;
    }
    // A pipe takes what it has room for: more would have to wait for its reader.
    uint64_t length = c->arg[4];
    if (result == 0 && inode_is(to.file->inode, MODE_PIPE)) {
        uint64_t room = pipe_room(to.file);
        if (room > 0 && length > room) length = room;
    }
    return move_between(&from, &to, length, result);
}

static bool is_end(const struct file *file, bool reads) {
    return file && inode_is(file->inode, MODE_PIPE) && (reads ? file_can_read(file) : file_can_write(file));
}

/// Copies what is in one pipe to another, without taking it.
static long copy_pipe(struct file *from, struct file *to, uint64_t length, uint64_t flags) {
    bool waits = !(flags & SPLICE_NONBLOCK);
    if (!is_ready(from, POLL_IN | POLL_HANG_UP) && (!waits || (from->flags & OPEN_NONBLOCK))) return -EAGAIN;
    long result = is_ready(from, POLL_IN | POLL_HANG_UP) ? 0 : wait_ready(from, POLL_IN);
    if (result != 0 && result != -EAGAIN) return result;
    if (!is_ready(to, POLL_OUT | POLL_ERROR) && (!waits || (to->flags & OPEN_NONBLOCK))) return -EAGAIN;
    result = is_ready(to, POLL_OUT | POLL_ERROR) ? 0 : wait_ready(to, POLL_OUT);
    if (result != 0 && result != -EAGAIN) return result;
    char *buffer = kmalloc(CHUNK);
    if (!buffer) return -ENOMEM;
    struct io io;
    uint64_t room = pipe_room(to);
    if (length > CHUNK) length = CHUNK;
    // With an end of the reader it fails at once; else what fits is taken whole.
    if (room > 0 && length > room) length = room;
    io_kernel(&io, buffer, pipe_peek(from, buffer, length));
    result = io.left > 0 ? file_write(to, &io, NULL) : 0;
    kfree(buffer);
    if (result == -EPIPE) signal_broken_pipe();
    return result;
}

long sys_tee(const struct syscall *c) {
    struct file *from = file_of(c->arg[0]), *to = file_of(c->arg[1]);
    long result = from && to ? 0 : -EBADF;
    if (result == 0 && (c->arg[3] & ~(uint64_t)SPLICE_FLAGS)) result = -EINVAL;
    else if (result == 0 && (!is_end(from, true) || !is_end(to, false)))
        result = file_can_read(from) && file_can_write(to) ? -EINVAL : -EBADF;
    else if (result == 0 && from->data == to->data) result = -EINVAL;
    if (result == 0 && c->arg[2] > 0) result = copy_pipe(from, to, c->arg[2], c->arg[3]);
    file_drop(from);
    file_drop(to);
    return result;
}

/// Memory into a pipe or out of it, by copying: a hint of where to save copies does not change what is there.
long sys_vmsplice(const struct syscall *c) {
    struct io_vector v;
    if (c->arg[3] & ~(uint64_t)SPLICE_FLAGS) return -EINVAL;
    struct file *file = file_of(c->arg[0]);
    if (!file) return -EBADF;
    bool writes = file_can_write(file);
    long result = 0;
    if (c->arg[2] == 0) result = 0;
    else if (!inode_is(file->inode, MODE_PIPE)) result = -EBADF;
    else if ((c->arg[3] & SPLICE_NONBLOCK) && !is_ready(file, writes ? POLL_OUT | POLL_ERROR : POLL_IN | POLL_HANG_UP))
        result = -EAGAIN;
    if (result == 0) result = io_vector_get(&v, c->arg[1], c->arg[2]);
    if (result == 0) {
        result = v.io.left == 0 ? 0 : writes ? file_write(file, &v.io, NULL) : file_read(file, &v.io, NULL);
        io_vector_put(&v);
        if (result == -EPIPE) signal_broken_pipe();
    }
    file_drop(file);
    return result;
}
