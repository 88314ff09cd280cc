// Requests of a disk in flight.
#include "dev/block_queue.h"

#include "arch/clock.h"
#include "arch/cpu.h"
#include "arch/insn.h"
#include "dev/console.h"
#include "lib/errno.h"
#include "lib/list.h"
#include "sched/thread_state.h"

/// Waiting is counted in pieces, so that a machine that was paused does not hold it against the disk.
#define PIECE_NS 5000000000ull
/// So many pieces until a request is given up, so often a disk may restart without having answered, and so often a
/// request is tried again, after so long.
enum { PIECES = 6, PIECES_FLUSH = 12, RESTARTS_MOST = 5, RETRIES_MOST = 5 };
#define RETRY_NS 5000000ull

static int look(struct block_queue *q, struct waiter *w, uint64_t deadline) {
    if (sched_can_sleep()) {
        return (int)wait_sleep_uninterrupted(w, deadline);
    }
    q->driver->collect(q);
    cpu_relax();
    return clock_ns() < deadline ? 0 : -ETIMEDOUT;
}

/// The last place is kept for when no thread can sleep: those that have the others may never run again.
static struct block_place *free_place(struct block_queue *q) {
    unsigned count = sched_can_sleep() ? q->places - 1 : q->places;
    for (unsigned i = 0; i < count; i++) {
        if (!q->place[i].is_taken) {
            return &q->place[i];
        }
    }
    return NULL;
}

static void stop(struct block_queue *q) {
    if (!q->is_stopped) {
        q->is_stopped = true;
        q->driver->stop(q);
    }
}

void block_queue_lose(struct block_queue *q) {
    for (unsigned i = 0; i < q->places; i++) {
        struct block_place *p = &q->place[i];
        if (p->is_taken && !p->is_done) {
            p->result = -EAGAIN;
            p->is_done = true;
        }
    }
    wake_all(&q->changed);
}

static void restart(struct block_queue *q) {
    stop(q);
    block_queue_lose(q);
    if (++q->restarts > RESTARTS_MOST || !q->driver->start(q)) {
        block_queue_fail(q, "does not answer any more");
        return;
    }
    q->is_stopped = false;
    klog("disk %s did not answer and was begun anew", q->block.name);
}

/// Waits until the request is done, or will never be.
static void finish(struct block_queue *q, struct block_place *p, struct waiter *w, unsigned pieces) {
    bool is_limited = q->driver->start != NULL;
    unsigned waited = 0;
    uint64_t deadline = is_limited ? clock_ns() + PIECE_NS : WAIT_FOREVER;
    while (!p->is_done && !q->is_broken) {
        if (look(q, w, deadline) == 0) {
            continue;
        }
        q->driver->collect(q); // an interrupt may have been lost
        if (!p->is_done && ++waited >= pieces) {
            restart(q);
        }
        deadline = clock_ns() + PIECE_NS;
    }
}

/// Gives the request to the device as soon as there is room. Null: there never is.
static struct block_place *begin(struct block_queue *q, const struct block_request *request, struct waiter *w) {
    // Where nobody sleeps, those that have the places may never run again.
    uint64_t deadline = sched_can_sleep() ? WAIT_FOREVER : clock_ns() + PIECE_NS;
    while (!q->is_broken) {
        struct block_place *p = free_place(q);
        if (p != NULL) {
            *p = (struct block_place){.is_taken = true};
            if (q->driver->submit(q, (unsigned)(p - q->place), request)) {
                return p;
            }
            p->is_taken = false;
        }
        if (!q->is_broken && look(q, w, deadline) != 0) {
            break;
        }
    }
    return NULL;
}

/// One try, from its place in the queue to its end. With interrupts off, which come on while it sleeps.
static int try_once(struct block_queue *q, const struct block_request *request) {
    struct waiter w;
    bool sleeps = sched_can_sleep();
    int result = -EIO;
    if (sleeps) {
        wait_begin(&q->changed, &w);
    }
    struct block_place *p = begin(q, request, &w);
    if (p != NULL) {
        finish(q, p, &w, request->op == BLOCK_FLUSH || request->op == BLOCK_DISCARD ? PIECES_FLUSH : PIECES);
        result = p->is_done ? p->result : -EIO;
    }
    if (q->is_broken) {
        stop(q);
    }
    if (p != NULL) {
        p->is_taken = false;
        wake_all(&q->changed);
    }
    if (sleeps) {
        wait_end(&w);
    }
    return result;
}

static void pause_for(uint64_t ns) {
    uint64_t deadline = clock_ns() + ns;
    struct wait_queue nobody;
    struct waiter w;
    if (!sched_can_sleep()) {
        while (clock_ns() < deadline) {
            cpu_relax();
        }
        return;
    }
    wait_queue_init(&nobody);
    wait_begin(&nobody, &w);
    while (wait_sleep_uninterrupted(&w, deadline) == 0) {
    }
    wait_end(&w);
}

static int run(struct block_queue *q, const struct block_request *request) {
    for (unsigned tries = 0;; tries++) {
        bool on = interrupts_disable();
        int result = try_once(q, request);
        interrupts_restore(on);
        if (result != -EAGAIN) {
            return result;
        }
        if (tries == RETRIES_MOST) {
            return -EIO;
        }
        pause_for(RETRY_NS << tries);
    }
}

/// As much of the rest as the device takes at once. How many sectors; 0 if none can be cut off.
static uint64_t cut(const struct block_queue *q, const struct block_segment *rest, size_t count, uint32_t used,
                    struct block_segment *segments, size_t *n) {
    uint64_t bytes = 0, most = q->sectors_most != 0 ? q->sectors_most * SECTOR_SIZE : UINT64_MAX;
    for (*n = 0; *n < count && *n < q->segments_most && bytes < most; (*n)++) {
        struct block_segment s = rest[*n];
        if (*n == 0) {
            s.pa += used;
            s.length -= used;
        }
        if (s.length > most - bytes) {
            s.length = (uint32_t)(most - bytes);
        }
        if (*n > 0 && q->boundary != 0) {
            uint64_t end = segments[*n - 1].pa + segments[*n - 1].length;
            if (((s.pa | end) & (q->boundary - 1)) != 0) {
                break;
            }
        }
        segments[*n] = s;
        bytes += s.length;
    }
    // What goes beyond whole sectors comes with the next request.
    while (bytes % SECTOR_SIZE != 0) {
        uint32_t over = (uint32_t)(bytes % SECTOR_SIZE);
        if (segments[*n - 1].length > over) {
            segments[*n - 1].length -= over;
            bytes -= over;
        } else {
            bytes -= segments[--*n].length;
        }
    }
    return bytes / SECTOR_SIZE;
}

static int move(struct block_queue *q, const struct block_request *whole) {
    struct block_segment segments[BLOCK_SEGMENTS];
    struct block_request part = {.op = whole->op, .sector = whole->sector, .segments = segments};
    uint32_t used = 0; // of the first of the rest
    size_t at = 0;
    for (uint64_t left = whole->sectors; left > 0; left -= part.sectors, part.sector += part.sectors) {
        part.sectors = cut(q, whole->segments + at, whole->count - at, used, segments, &part.count);
        int result = part.sectors == 0 ? -EIO : run(q, &part);
        if (result != 0) {
            return result;
        }
        for (uint64_t bytes = part.sectors * SECTOR_SIZE; bytes > 0;) {
            uint32_t rest = whole->segments[at].length - used;
            if (rest > bytes) {
                used += (uint32_t)bytes;
                break;
            }
            bytes -= rest;
            used = 0;
            at++;
        }
    }
    return 0;
}

static int discard(struct block_queue *q, const struct block_request *whole) {
    struct block_request part = *whole;
    for (uint64_t left = whole->sectors; left > 0; left -= part.sectors, part.sector += part.sectors) {
        part.sectors = q->discard_most != 0 && left > q->discard_most ? q->discard_most : left;
        int result = run(q, &part);
        if (result != 0) {
            return result;
        }
    }
    return 0;
}

static int transfer(struct block_device *block, const struct block_request *request) {
    struct block_queue *q = container_of(block, struct block_queue, block);
    switch (request->op) {
    case BLOCK_FLUSH: return q->can_flush ? run(q, request) : 0;
    case BLOCK_DISCARD: return discard(q, request);
    default: return move(q, request);
    }
}

void block_queue_add(struct block_queue *q) {
    wait_queue_init(&q->changed);
    q->block.transfer = transfer;
    // Pieces of whole sectors can be cut anywhere between them.
    if (q->segments_most < 2 && q->block.alignment < SECTOR_SIZE) {
        q->block.alignment = SECTOR_SIZE;
    }
    block_device_add(&q->block);
}

void block_queue_done(struct block_queue *q, unsigned place, int result) {
    if (place >= q->places || !q->place[place].is_taken || q->place[place].is_done) {
        block_queue_fail(q, "answers what it was not asked");
        return;
    }
    q->place[place].result = result;
    q->place[place].is_done = true;
    q->restarts = 0;
}

void block_queue_fail(struct block_queue *q, const char *what) {
    if (!q->is_broken) {
        klog("disk %s %s", q->block.name, what);
    }
    q->is_broken = true;
    wake_all(&q->changed);
}

void block_queue_interrupt(struct block_queue *q) {
    if (!q->is_stopped) {
        q->driver->collect(q);
    }
    wake_all(&q->changed);
}
