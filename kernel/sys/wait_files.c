// Waiting for files: poll, ppoll, select, pselect6.

#include "arch/clock.h"
#include "fs/file.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/heap.h"
#include "sys/calls.h"
#include "sched/ready_batch.h"
#include "proc/process.h"

/// As struct pollfd.
struct poll_entry {
    int32_t descriptor;
    int16_t wanted, ready;
};

/// What is told unasked; and how many wait queues a file has at most.
enum { ALWAYS = POLL_ERROR | POLL_HANG_UP | POLL_INVALID, QUEUES_OF_ONE = 2 };

/// The wait queues of one call, and this thread's place in each.
struct waiters {
    struct poll_queues collector;
    struct waiter *list;
    size_t count, capacity;
};

static void add_queue(struct poll_queues *collector, struct wait_queue *queue) {
    struct waiters *w = container_of(collector, struct waiters, collector);
    if (w->count < w->capacity) wait_begin(queue, &w->list[w->count++]);
}

static void end_waiting(struct waiters *w) {
    for (size_t i = 0; i < w->count; i++) wait_end(&w->list[i]);
    w->count = 0;
}

/// Asks every file once; the first time (`w` given) also where to wait. How many are ready.
static long ask(struct poll_entry *entries, struct file **files, size_t count, struct waiters *w) {
    long ready = 0;
    for (size_t i = 0; i < count; i++) {
        struct poll_entry *e = &entries[i];
        struct file *file = files[i];
        e->ready = 0;
        if (e->descriptor < 0) continue;
        unsigned events = POLL_INVALID;
        if (file) {
            events =
                file->operations->poll ? file->operations->poll(file, w ? &w->collector : NULL) : POLL_IN | POLL_OUT;
        }
        // Bits of normal and band data come in pairs that mean the same here.
        if (events & POLL_IN) events |= 0x40;
        if (events & POLL_OUT) events |= 0x100;
        e->ready = (int16_t)(events & ((uint16_t)e->wanted | ALWAYS));
        ready += e->ready != 0;
    }
    return ready;
}

/// The files may be closed by another thread while this one waits, so each is held until the wait is over.
static long wait_for(struct poll_entry *entries, size_t count, uint64_t deadline) {
    struct waiters w = {.collector = {.add = add_queue}, .capacity = count * QUEUES_OF_ONE};
    w.list = kmalloc(w.capacity * sizeof *w.list);
    struct file **files = kzalloc(count * sizeof *files);
    long result = w.list && files ? 0 : -ENOMEM;
    for (size_t i = 0; result == 0 && i < count; i++) {
        if (entries[i].descriptor >= 0) files[i] = file_of((uint32_t)entries[i].descriptor);
    }
    long ready = result == 0 ? ask(entries, files, count, &w) : 0;
    while (result == 0 && ready == 0 && deadline != 0) {
        result = wait_sleep_any(w.list, w.count, deadline);
        if (result == 0) ready = ask(entries, files, count, NULL);
    }
    end_waiting(&w);
    ready_batch_set((unsigned)ready);
    for (size_t i = 0; files && i < count; i++) file_drop(files[i]);
    kfree(files);
    kfree(w.list);
    return result == 0 || result == -ETIMEDOUT ? ready : not_restarted(result);
}

static long poll_user(user_ptr_t list, uint64_t count, uint64_t deadline) {
    if (count > process.files.limit) return -EINVAL;
    struct poll_entry *entries = kmalloc(count * sizeof *entries);
    if (!entries) return -ENOMEM;
    long result = copy_from_user(entries, list, count * sizeof *entries);
    if (result == 0) result = wait_for(entries, count, deadline);
    if (result >= 0 && copy_to_user(list, entries, count * sizeof *entries) != 0) result = -EFAULT;
    kfree(entries);
    return result;
}

long sys_poll(const struct syscall *c) {
    int32_t ms = (int32_t)c->arg[2];
    return poll_user(c->arg[0], (uint32_t)c->arg[1], ms < 0 ? WAIT_FOREVER : poll_deadline((uint64_t)ms * 1000000));
}

long sys_ppoll(const struct syscall *c) {
    uint64_t ns, deadline = WAIT_FOREVER;
    if (c->arg[2]) {
        int result = time_from_user(c->arg[2], &ns);
        if (result != 0) return result;
        deadline = poll_deadline(ns);
    }
    int blocked = block_signals_for_call(c->arg[3], c->arg[4]);
    return blocked != 0 ? blocked : poll_user(c->arg[0], (uint32_t)c->arg[1], deadline);
}

enum { SELECT_MOST = 1024, WORDS = SELECT_MOST / 64 };

struct select_sets {
    uint64_t words[3][WORDS]; // read, write, exceptional
};

static bool in_set(const uint64_t *words, unsigned fd) { return words[fd / 64] >> (fd % 64) & 1; }

static size_t entries_of(const struct select_sets *s, unsigned count, struct poll_entry *entries) {
    size_t n = 0;
    for (unsigned fd = 0; fd < count; fd++) {
        unsigned wanted = (in_set(s->words[0], fd) ? POLL_IN : 0u) | (in_set(s->words[1], fd) ? POLL_OUT : 0u) |
                          (in_set(s->words[2], fd) ? POLL_PRIORITY : 0u);
        if (wanted) entries[n++] = (struct poll_entry){.descriptor = (int32_t)fd, .wanted = (int16_t)wanted};
    }
    return n;
}

/// Writes what is ready back into the sets. How many bits that are, or -EBADF.
static long sets_of(const struct poll_entry *entries, size_t n, struct select_sets *s) {
    static const unsigned means[3] = {POLL_IN | POLL_HANG_UP | POLL_ERROR, POLL_OUT | POLL_ERROR, POLL_PRIORITY};
    static const unsigned wanted[3] = {POLL_IN, POLL_OUT, POLL_PRIORITY};
    long bits = 0;
    memset(s, 0, sizeof *s);
    for (size_t i = 0; i < n; i++) {
        unsigned fd = (unsigned)entries[i].descriptor, ready = (uint16_t)entries[i].ready;
        if (ready & POLL_INVALID) return -EBADF;
        for (int k = 0; k < 3; k++) {
            if (!((unsigned)entries[i].wanted & wanted[k]) || !(ready & means[k])) continue;
            s->words[k][fd / 64] |= 1ull << (fd % 64);
            bits++;
        }
    }
    return bits;
}

static long select_user(const struct syscall *c, uint64_t deadline) {
    int32_t count = (int32_t)c->arg[0];
    if (count < 0) return -EINVAL;
    if (count > SELECT_MOST) count = SELECT_MOST;
    size_t bytes = ((size_t)count + 63) / 64 * 8;
    struct select_sets s = {0};
    for (int k = 0; k < 3; k++) {
        if (c->arg[1 + k] && copy_from_user(s.words[k], c->arg[1 + k], bytes) != 0) return -EFAULT;
    }
    struct poll_entry *entries = kmalloc(((size_t)count + 1) * sizeof *entries);
    if (!entries) return -ENOMEM;
    size_t n = entries_of(&s, (unsigned)count, entries);
    long result = wait_for(entries, n, deadline);
    if (result >= 0) result = sets_of(entries, n, &s);
    kfree(entries);
    for (int k = 0; k < 3 && result >= 0; k++) {
        if (c->arg[1 + k] && copy_to_user(c->arg[1 + k], s.words[k], bytes) != 0) result = -EFAULT;
    }
    return result;
}

long sys_select(const struct syscall *c) {
    int64_t t[2];
    if (!c->arg[4]) return select_user(c, WAIT_FOREVER);
    if (copy_from_user(t, c->arg[4], sizeof t) != 0) return -EFAULT;
    if (t[0] < 0 || t[1] < 0) return -EINVAL;
    uint64_t ns = t[0] > 1000000000 ? UINT64_MAX : (uint64_t)t[0] * 1000000000ull + (uint64_t)t[1] % 1000000 * 1000;
    return select_user(c, poll_deadline(ns));
}

long sys_pselect6(const struct syscall *c) {
    uint64_t ns, deadline = WAIT_FOREVER, mask[2]; // address and size of the signals to block
    int result = c->arg[4] ? time_from_user(c->arg[4], &ns) : 0;
    if (result != 0) return result;
    if (c->arg[4]) deadline = poll_deadline(ns);
    if (c->arg[5] && copy_from_user(mask, c->arg[5], sizeof mask) != 0) return -EFAULT;
    if (c->arg[5]) result = block_signals_for_call(mask[0], mask[1]);
    return result != 0 ? result : select_user(c, deadline);
}
