// Signals as something to read: a reader takes those that are pending for itself or for the program.

#include "proc/signalfd.h"
#include "lib/errno.h"
#include "mem/heap.h"
#include "proc/signal.h"

struct signalfd {
    uint64_t wanted;
};

/// As struct signalfd_siginfo.
struct record {
    uint32_t number;
    int32_t error, code;
    uint32_t process, user;
    int32_t descriptor;
    uint32_t timer, band, overrun, trap;
    int32_t status, value;
    uint64_t pointer, user_time, system_time, address;
    uint8_t unused[48];
};
_Static_assert(sizeof(struct record) == 128, "the ABI's layout");

static struct record record_of(const struct signal_info *info) {
    struct record r = {.number = (uint32_t)info->number, .error = info->error, .code = info->code};
    if (info->code == SIGNAL_BY_TIMER) {
        r.timer = (uint32_t)info->timer.id;
        r.overrun = (uint32_t)info->timer.overrun;
        r.pointer = info->timer.value;
        r.value = (int32_t)info->timer.value;
    } else if (info->code <= 0) {
        r.process = (uint32_t)info->sender.process;
        r.user = info->sender.user;
        if (info->code == SIGNAL_BY_QUEUE) {
            r.pointer = info->sender.value;
            r.value = (int32_t)info->sender.value;
        }
    } else if (info->code != SIGNAL_BY_KERNEL) {
        r.address = info->address;
    }
    return r;
}

static long wait_for(struct file *file, struct signal_info *info) {
    const struct signalfd *s = file->data;
    struct waiter w;
    long result = 0;
    if (signal_take(s->wanted, info)) return 0;
    if (file->flags & OPEN_NONBLOCK) return -EAGAIN;
    wait_begin(signal_arrivals(), &w);
    while (!signal_take(s->wanted, info) && (result = wait_sleep(&w, WAIT_FOREVER)) == 0) {
    }
    wait_end(&w);
    return result;
}

static long read_signals(struct file *file, struct io *io, uint64_t position) {
    const struct signalfd *s = file->data;
    struct signal_info info;
    long done = 0;
    (void)position;
    if (io->left < sizeof(struct record)) return -EINVAL;
    long result = wait_for(file, &info);
    while (result == 0) {
        struct record r = record_of(&info);
        result = io_put(io, &r, sizeof r);
        if (result != 0) break;
        done += (long)sizeof r;
        // Only the first is waited for.
        if (io->left < sizeof r || !signal_take(s->wanted, &info)) break;
    }
    return done > 0 ? done : result;
}

static unsigned poll_signals(struct file *file, struct poll_queues *queues) {
    const struct signalfd *s = file->data;
    if (queues) queues->add(queues, signal_arrivals());
    return signal_waiting() & s->wanted ? POLL_IN : 0;
}

static void close_signals(struct file *file) { kfree(file->data); }

static const struct file_operations operations = {
    .kind = "anon_inode:[signalfd]", .read = read_signals, .poll = poll_signals, .close = close_signals};

struct file *signalfd_make(uint64_t wanted, uint32_t flags) {
    struct signalfd *s = kzalloc(sizeof *s);
    if (!s) return NULL;
    s->wanted = wanted & ~SIGNALS_UNSTOPPABLE;
    struct file *file = file_unnamed(&operations, OPEN_READ_WRITE | flags, s);
    if (!file) kfree(s);
    return file;
}

bool signalfd_is(const struct file *file) { return file->operations == &operations; }

void signalfd_set(struct file *file, uint64_t wanted) {
    struct signalfd *s = file->data;
    s->wanted = wanted & ~SIGNALS_UNSTOPPABLE;
    // What was pending all along may be wanted now.
    wake_all(signal_arrivals());
}
