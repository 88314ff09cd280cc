// Pipes: a ring between files, of 64 KiB unless told otherwise. Writes of up to a page are not torn. Those with a name
// (FIFOs) are made when the first file is opened, and go with the last.

#include "fs/pipe.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/heap.h"

enum { USUAL_CAPACITY = 65536, LARGEST_CAPACITY = 1 << 20, ATOMIC = 4096, FIONREAD = 0x541b };

struct pipe {
    struct mutex lock;
    struct wait_queue readable, writable;
    uint32_t from, used, capacity;
    uint32_t readers, writers; // open files
    int fault; // what reads give at the end, in place of 0: a negative errno
    uint32_t reader_opens, writer_opens; // that there ever were: who opens a FIFO waits for one more of the others
    uint8_t *bytes;
};

static struct filesystem pipes = {.name = "pipefs", .device = 0x000b, .magic = 0x50495045, .block_size = 4096};
static const struct inode_operations no_operations;
static const struct file_operations operations;

static struct pipe *new_pipe(void) {
    struct pipe *p = kzalloc(sizeof *p);
    if (!p) return NULL;
    p->bytes = kmalloc(USUAL_CAPACITY);
    if (!p->bytes) {
        kfree(p);
        return NULL;
    }
    p->capacity = USUAL_CAPACITY;
    mutex_init(&p->lock);
    wait_queue_init(&p->readable);
    wait_queue_init(&p->writable);
    return p;
}

static void free_pipe(struct pipe *p) {
    kfree(p->bytes);
    kfree(p);
}

static long wait_on(struct wait_queue *queue, struct pipe *p, bool (*ready)(const struct pipe *, uint64_t),
                    uint64_t want) {
    struct waiter w;
    long result = 0;
    wait_begin(queue, &w);
    while (!ready(p, want) && (result = wait_sleep(&w, WAIT_FOREVER)) == 0) {
    }
    wait_end(&w);
    return result;
}

static bool can_read(const struct pipe *p, uint64_t want) {
    (void)want;
    return p->used > 0 || p->writers == 0;
}

/// A small write waits until it fits whole.
static bool can_write(const struct pipe *p, uint64_t want) {
    return p->readers == 0 || p->capacity - p->used >= (want <= ATOMIC ? want : 1);
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
        bool ended = p->writers == 0;
        mutex_unlock(&p->lock);
        wake_all(&p->writable);
        if (before > io->left) return (long)(before - io->left);
        if (result != 0 || ended) return result != 0 ? result : p->fault;
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
        if (result == 0 && !can_write(p, io->left)) {
            // Another writer was first, while this one waited for the lock.
            mutex_unlock(&p->lock);
            continue;
        }
        if (result == 0 && p->readers == 0) result = -EPIPE;
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

/// Without a writer the end has come, unless it is a FIFO for which there was none since this file was opened.
static unsigned poll_reader(const struct pipe *p, const struct file *file) {
    bool ended = p->writers == 0 && p->writer_opens != (uint32_t)file->position;
    return (p->used > 0 ? POLL_IN : 0u) | (ended ? POLL_HANG_UP : 0u);
}

static unsigned poll_writer(const struct pipe *p) {
    return (p->capacity - p->used >= ATOMIC ? POLL_OUT : 0u) | (p->readers > 0 ? 0u : POLL_ERROR);
}

static unsigned pipe_poll(struct file *file, struct poll_queues *queues) {
    struct pipe *p = file->data;
    unsigned events = 0;
    if (file_can_read(file)) {
        if (queues) queues->add(queues, &p->readable);
        events |= poll_reader(p, file);
    }
    if (file_can_write(file)) {
        if (queues) queues->add(queues, &p->writable);
        events |= poll_writer(p);
    }
    return events;
}

static long pipe_control(struct file *file, unsigned request, uint64_t argument) {
    const struct pipe *p = file->data;
    int32_t used = (int32_t)p->used;
    return request == FIONREAD ? copy_to_user(argument, &used, sizeof used) : -ENOTTY;
}

static void open_end(struct pipe *p, struct file *file) {
    // What has no position keeps here how many writers there were before those that it has seen.
    file->position = p->writers > 0 ? p->writer_opens - 1 : p->writer_opens;
    if (file_can_read(file)) {
        p->readers++;
        p->reader_opens++;
    }
    if (file_can_write(file)) {
        p->writers++;
        p->writer_opens++;
    }
    file->data = p;
    file->operations = &operations;
    wake_all(&p->readable);
    wake_all(&p->writable);
}

static void pipe_close(struct file *file) {
    struct pipe *p = file->data;
    struct inode *inode = file->inode;
    mutex_lock(&inode->lock);
    if (file_can_read(file)) p->readers--;
    if (file_can_write(file)) p->writers--;
    bool last = p->readers == 0 && p->writers == 0;
    if (last) inode->data = NULL;
    mutex_unlock(&inode->lock);
    wake_all(&p->readable);
    wake_all(&p->writable);
    if (last) free_pipe(p);
}

static const struct file_operations operations = {.kind = "pipe",
                                                  .read = pipe_read,
                                                  .write = pipe_write,
                                                  .poll = pipe_poll,
                                                  .control = pipe_control,
                                                  .close = pipe_close};

int pipe_make(uint32_t flags, struct file **read_end, struct file **write_end) {
    struct pipe *p = new_pipe();
    struct inode *inode = p ? inode_make(&no_operations, &pipes, MODE_PIPE | 0600) : NULL;
    struct file *reader = inode ? file_make(NULL, inode, OPEN_READ | flags) : NULL;
    struct file *writer = inode ? file_make(NULL, inode, OPEN_WRITE | flags) : NULL;
    if (inode) inode->number = inode_next_number();
    inode_drop(inode);
    if (!reader || !writer) {
        if (p) free_pipe(p);
        file_drop(reader);
        file_drop(writer);
        return -ENOMEM;
    }
    open_end(p, reader);
    open_end(p, writer);
    *read_end = reader;
    *write_end = writer;
    return 0;
}

/// Waits for the other side: for one that is open, or that was since.
static long wait_for_other(struct pipe *p, const struct file *file) {
    struct waiter w;
    uint32_t readers = p->reader_opens, writers = p->writer_opens;
    bool reads = file_can_read(file);
    long result = 0;
    wait_begin(reads ? &p->readable : &p->writable, &w);
    while ((reads ? p->writers : p->readers) == 0 &&
           (reads ? p->writer_opens == writers : p->reader_opens == readers) &&
           (result = wait_sleep(&w, WAIT_FOREVER)) == 0) {
    }
    wait_end(&w);
    return result;
}

static int fifo_open(struct inode *inode, struct file *file) {
    bool both = file_can_read(file) && file_can_write(file);
    mutex_lock(&inode->lock);
    struct pipe *p = inode->data ? inode->data : new_pipe();
    long result = p ? 0 : -ENOMEM;
    if (p && (file->flags & OPEN_NONBLOCK) && !file_can_read(file) && p->readers == 0) result = -ENXIO;
    if (result == 0) {
        inode->data = p;
        open_end(p, file);
    } else if (p && !inode->data) {
        free_pipe(p);
    }
    mutex_unlock(&inode->lock);
    if (result != 0 || both || (file->flags & OPEN_NONBLOCK)) return (int)result;
    result = wait_for_other(p, file);
    if (result != 0) {
        pipe_close(file);
        file->operations = NULL;
    }
    return (int)result;
}

const struct inode_operations fifo_operations = {.open = fifo_open};

void pipe_fail(struct file *write_end, int error) { ((struct pipe *)write_end->data)->fault = error; }

size_t pipe_peek(struct file *end, void *to, size_t most) {
    struct pipe *p = end->data;
    mutex_lock(&p->lock);
    size_t n = p->used < most ? p->used : most, first = p->capacity - p->from;
    if (first > n) first = n;
    memcpy(to, p->bytes + p->from, first);
    memcpy((uint8_t *)to + first, p->bytes, n - first);
    mutex_unlock(&p->lock);
    return n;
}

uint64_t pipe_room(const struct file *end) {
    const struct pipe *p = end->data;
    return p->capacity - p->used;
}

uint32_t pipe_capacity(const struct file *end) { return ((const struct pipe *)end->data)->capacity; }

long pipe_set_capacity(struct file *end, uint64_t capacity) {
    struct pipe *p = end->data;
    uint32_t rounded = ATOMIC;
    // A size that no pipe can have, and one that is only too large.
    if (capacity > 1u << 31) return -EINVAL;
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
