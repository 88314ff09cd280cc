// Pipes: a ring between two files, of 64 KiB unless told otherwise. Writes of up to a page are not torn.

#include "fs/pipe.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/heap.h"

enum { USUAL_CAPACITY = 65536, LARGEST_CAPACITY = 1 << 20, ATOMIC = 4096, FIONREAD = 0x541b };

struct pipe {
    struct mutex lock;
    struct wait_queue readable, writable;
    uint32_t from, used, capacity;
    bool has_reader, has_writer;
    uint8_t *bytes;
};

static struct filesystem pipes = {.name = "pipefs", .device = 0x000b, .magic = 0x50495045, .block_size = 4096};
static const struct inode_operations no_operations;

static long wait_on(struct wait_queue *queue, struct pipe *p, bool (*ready)(const struct pipe *, uint64_t), uint64_t want) {
    struct waiter w;
    long result = 0;
    wait_begin(queue, &w);
    while (!ready(p, want) && (result = wait_sleep(&w, WAIT_FOREVER)) == 0) {}
    wait_end(&w);
    return result;
}

static bool can_read(const struct pipe *p, uint64_t want) {
    (void)want;
    return p->used > 0 || !p->has_writer;
}

/// A small write waits until it fits whole.
static bool can_write(const struct pipe *p, uint64_t want) {
    return !p->has_reader || p->capacity - p->used >= (want <= ATOMIC ? want : 1);
}

static long pipe_read(struct file *file, struct io *io, uint64_t position) {
    (void)position;
    struct pipe *p = file->data;
    if (io->left == 0) return 0;
    for (;;) {
        if (!can_read(p, 1)) {
            if (file->flags & OPEN_NONBLOCK) return -EAGAIN;
            long result = wait_on(&p->readable, p, can_read, 1);
            if (result != 0) return result;
        }
        mutex_lock(&p->lock);
        uint64_t before = io->left;
        long result = 0;
        while (p->used > 0 && io->left > 0 && result == 0) {
            uint64_t left = io->left, n = p->capacity - p->from;
            if (n > p->used) n = p->used;
            result = io_put(io, p->bytes + p->from, n);
            n = left - io->left;
            p->from = (uint32_t)((p->from + n) % p->capacity);
            p->used -= (uint32_t)n;
        }
        bool ended = !p->has_writer;
        mutex_unlock(&p->lock);
        wake_all(&p->writable);
        if (before > io->left) return (long)(before - io->left);
        if (result != 0 || ended) return result;
    }
}

static long pipe_write(struct file *file, struct io *io, uint64_t position) {
    (void)position;
    struct pipe *p = file->data;
    uint64_t all = io->left;
    while (io->left > 0) {
        long result = 0;
        if (!can_write(p, io->left)) {
            if (file->flags & OPEN_NONBLOCK) result = -EAGAIN;
            else result = wait_on(&p->writable, p, can_write, io->left);
        }
        mutex_lock(&p->lock);
        if (result == 0 && !p->has_reader) result = -EPIPE;
        while (result == 0 && p->used < p->capacity && io->left > 0) {
            uint32_t to = (p->from + p->used) % p->capacity;
            uint64_t left = io->left, n = p->capacity - to;
            if (n > p->capacity - p->used) n = p->capacity - p->used;
            result = io_take(io, p->bytes + to, n);
            p->used += (uint32_t)(left - io->left);
        }
        mutex_unlock(&p->lock);
        wake_all(&p->readable);
        if (result != 0) return all > io->left ? (long)(all - io->left) : result;
    }
    return (long)all;
}

static unsigned poll_reader(struct file *file, struct poll_queues *queues) {
    struct pipe *p = file->data;
    if (queues) queues->add(queues, &p->readable);
    return (p->used > 0 ? POLL_IN : 0) | (p->has_writer ? 0 : POLL_HANG_UP);
}

static unsigned poll_writer(struct file *file, struct poll_queues *queues) {
    struct pipe *p = file->data;
    if (queues) queues->add(queues, &p->writable);
    return (p->capacity - p->used >= ATOMIC ? POLL_OUT : 0) | (p->has_reader ? 0 : POLL_ERROR);
}

static long pipe_control(struct file *file, unsigned request, uint64_t argument) {
    const struct pipe *p = file->data;
    int32_t used = (int32_t)p->used;
    return request == FIONREAD ? copy_to_user(argument, &used, sizeof used) : -ENOTTY;
}

static void close_end(struct pipe *p, bool *mine) {
    mutex_lock(&p->lock);
    *mine = false;
    bool last = !p->has_reader && !p->has_writer;
    mutex_unlock(&p->lock);
    wake_all(&p->readable);
    wake_all(&p->writable);
    if (last) {
        kfree(p->bytes);
        kfree(p);
    }
}

static void close_reader(struct file *file) {
    struct pipe *p = file->data;
    close_end(p, &p->has_reader);
}

static void close_writer(struct file *file) {
    struct pipe *p = file->data;
    close_end(p, &p->has_writer);
}

static const struct file_operations read_operations = {
    .kind = "pipe", .read = pipe_read, .poll = poll_reader, .control = pipe_control, .close = close_reader};
static const struct file_operations write_operations = {
    .kind = "pipe", .write = pipe_write, .poll = poll_writer, .control = pipe_control, .close = close_writer};

int pipe_make(uint32_t flags, struct file **read_end, struct file **write_end) {
    struct pipe *p = kzalloc(sizeof *p);
    if (p) p->bytes = kmalloc(USUAL_CAPACITY);
    struct inode *inode = inode_make(&no_operations, &pipes, MODE_PIPE | 0600);
    struct file *reader = inode ? file_make(NULL, inode, OPEN_READ | flags) : NULL;
    struct file *writer = inode ? file_make(NULL, inode, OPEN_WRITE | flags) : NULL;
    if (inode) inode->number = inode_next_number();
    inode_drop(inode);
    if (!p || !p->bytes || !reader || !writer) {
        if (p) kfree(p->bytes);
        kfree(p);
        file_drop(reader);
        file_drop(writer);
        return -ENOMEM;
    }
    p->capacity = USUAL_CAPACITY;
    p->has_reader = p->has_writer = true;
    mutex_init(&p->lock);
    wait_queue_init(&p->readable);
    wait_queue_init(&p->writable);
    reader->data = writer->data = p;
    reader->operations = &read_operations;
    writer->operations = &write_operations;
    *read_end = reader;
    *write_end = writer;
    return 0;
}

uint64_t pipe_room(const struct file *end) {
    const struct pipe *p = end->data;
    return p->capacity - p->used;
}

uint32_t pipe_capacity(const struct file *end) { return ((const struct pipe *)end->data)->capacity; }

long pipe_set_capacity(struct file *end, uint64_t capacity) {
    struct pipe *p = end->data;
    uint32_t rounded = ATOMIC;
    if (capacity > LARGEST_CAPACITY) return -EPERM;
    while (rounded < capacity) rounded *= 2;
    uint8_t *bytes = kmalloc(rounded);
    if (!bytes) return -ENOMEM;
    mutex_lock(&p->lock);
    bool fits = p->used <= rounded;
    if (fits) {
        uint32_t first = p->capacity - p->from < p->used ? p->capacity - p->from : p->used;
        memcpy(bytes, p->bytes + p->from, first);
        memcpy(bytes + first, p->bytes, p->used - first);
        uint8_t *old = p->bytes;
        p->bytes = bytes;
        p->from = 0;
        p->capacity = rounded;
        bytes = old;
    }
    mutex_unlock(&p->lock);
    kfree(bytes);
    wake_all(&p->writable);
    return fits ? (long)rounded : -EBUSY;
}
