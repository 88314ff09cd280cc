// The counter of an eventfd. Reads wait until it is not 0, writes until it has room.

#include "fs/eventfd.h"
#include "lib/errno.h"
#include "mem/heap.h"

struct eventfd {
    uint64_t count;
    bool semaphore;
    struct wait_queue readable, writable;
};

/// The counter never reaches this.
#define LIMIT UINT64_MAX

static bool can_read(const struct eventfd *e, uint64_t unused) {
    (void)unused;
    return e->count > 0;
}

static bool can_write(const struct eventfd *e, uint64_t more) { return more < LIMIT - e->count; }

static long wait_until(struct file *file, struct wait_queue *queue, bool (*ready)(const struct eventfd *, uint64_t),
                       uint64_t more) {
    const struct eventfd *e = file->data;
    struct waiter w;
    long result = 0;
    if (ready(e, more)) return 0;
    if (file->flags & OPEN_NONBLOCK) return -EAGAIN;
    wait_begin(queue, &w);
    while (!ready(e, more) && (result = wait_sleep(&w, WAIT_FOREVER)) == 0) {
    }
    wait_end(&w);
    return result;
}

static long read_count(struct file *file, struct io *io, uint64_t position) {
    struct eventfd *e = file->data;
    (void)position;
    if (io->left < sizeof e->count) return -EINVAL;
    long result = wait_until(file, &e->readable, can_read, 0);
    if (result != 0) return result;
    uint64_t taken = e->semaphore ? 1 : e->count;
    e->count -= taken;
    wake_all(&e->writable);
    result = io_put(io, &taken, sizeof taken);
    return result == 0 ? (long)sizeof taken : result;
}

static long write_count(struct file *file, struct io *io, uint64_t position) {
    struct eventfd *e = file->data;
    uint64_t more;
    (void)position;
    if (io->left < sizeof more) return -EINVAL;
    long result = io_take(io, &more, sizeof more);
    if (result != 0) return result;
    if (more == UINT64_MAX) return -EINVAL;
    result = wait_until(file, &e->writable, can_write, more);
    if (result != 0) return result;
    e->count += more;
    if (more > 0) wake_all(&e->readable);
    return sizeof more;
}

static unsigned poll_count(struct file *file, struct poll_queues *queues) {
    struct eventfd *e = file->data;
    if (queues) {
        queues->add(queues, &e->readable);
        queues->add(queues, &e->writable);
    }
    return (e->count > 0 ? POLL_IN : 0) | (can_write(e, 1) ? POLL_OUT : 0);
}

static void close_count(struct file *file) { kfree(file->data); }

static const struct file_operations operations = {
    .kind = "anon_inode:[eventfd]", .read = read_count, .write = write_count, .poll = poll_count, .close = close_count};

struct file *eventfd_make(uint64_t count, bool semaphore, uint32_t flags) {
    struct eventfd *e = kzalloc(sizeof *e);
    if (!e) return NULL;
    e->count = count;
    e->semaphore = semaphore;
    wait_queue_init(&e->readable);
    wait_queue_init(&e->writable);
    struct file *file = file_unnamed(&operations, OPEN_READ_WRITE | flags, e);
    if (!file) kfree(e);
    return file;
}
