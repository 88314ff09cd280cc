// The timer of a timerfd.

#include "fs/timerfd.h"
#include "arch/cpu.h"
#include "arch/clock.h"
#include "lib/errno.h"
#include "mem/heap.h"
#include "sched/timer.h"

struct timerfd {
    struct timer timer;
    struct wait_queue readable;
    struct date_watch watch; // while it is to be cancelled when the date is set
    uint64_t next_ns, interval_ns; // on the scale of its clock; 0: it is not set
    uint64_t expirations; // since the last read, as far as they are counted
    bool rang; // at next_ns, and was not looked at since
    bool realtime;
    bool by_date; // its setting: a moment of the date, not of clock_ns()
    bool watches; // is in the list of those who are told when the date is set
    bool cancelled; // and it was, which nobody has read yet
};

static const struct file_operations operations;

/// In the interrupt. An interval goes on only when somebody looks: the shortest would leave no time for anything else.
static void fire(struct timer *timer) {
    struct timerfd *t = container_of(timer, struct timerfd, timer);
    t->rang = true;
    wake_all(&t->readable);
}

static void date_was_set(struct date_watch *watch) {
    struct timerfd *t = container_of(watch, struct timerfd, watch);
    t->cancelled = true;
    wake_all(&t->readable);
}

static bool is_ready(const struct timerfd *t) { return t->rang || t->expirations > 0 || t->cancelled; }

static uint64_t now_of(const struct timerfd *t) { return t->by_date ? clock_realtime_ns() : clock_ns(); }

static void arm(struct timerfd *t) {
    if (t->by_date) timer_arm_date(&t->timer, t->next_ns, fire);
    else timer_arm(&t->timer, t->next_ns, fire);
}

/// Lets it be told of changes of the date, or not. With interrupts off.
static void watch(struct timerfd *t, bool wanted) {
    if (t->watches) date_watch_end(&t->watch);
    t->watches = wanted;
    t->cancelled = false;
    if (wanted) date_watch_begin(&t->watch, date_was_set);
}

/// Counts the times that it should have rung by now, and sets it to the next.
static void catch_up(struct timerfd *t) {
    bool on = interrupts_disable();
    if (t->rang) {
        uint64_t now = now_of(t), times = 1;
        if (t->interval_ns > 0) {
            times += now > t->next_ns ? (now - t->next_ns) / t->interval_ns : 0;
            uint64_t next;
            bool never =
                __builtin_mul_overflow(times, t->interval_ns, &next) || __builtin_add_overflow(next, t->next_ns, &next);
            t->next_ns = never ? UINT64_MAX : next;
            arm(t);
        } else {
            t->next_ns = 0;
        }
        t->rang = false;
        t->expirations += times;
    }
    interrupts_restore(on);
}

static long read_expirations(struct file *file, struct io *io, uint64_t position) {
    struct timerfd *t = file->data;
    struct waiter w;
    long result = 0;
    (void)position;
    if (io->left < sizeof(uint64_t)) return -EINVAL;
    if (!is_ready(t) && (file->flags & OPEN_NONBLOCK)) return -EAGAIN;
    wait_begin(&t->readable, &w);
    while (!is_ready(t) && (result = wait_sleep(&w, WAIT_FOREVER)) == 0) {
    }
    wait_end(&w);
    if (result != 0) return result;
    if (t->cancelled) {
        t->cancelled = false;
        return -ECANCELED;
    }
    catch_up(t);
    uint64_t n = t->expirations;
    t->expirations = 0;
    result = io_put(io, &n, sizeof n);
    return result == 0 ? (long)sizeof n : result;
}

static unsigned poll_timer(struct file *file, struct poll_queues *queues) {
    struct timerfd *t = file->data;
    if (queues) queues->add(queues, &t->readable);
    return is_ready(t) ? POLL_IN : 0;
}

static void close_timer(struct file *file) {
    struct timerfd *t = file->data;
    bool on = interrupts_disable();
    timer_cancel(&t->timer);
    watch(t, false);
    interrupts_restore(on);
    kfree(t);
}

static const struct file_operations operations = {
    .kind = "anon_inode:[timerfd]", .read = read_expirations, .poll = poll_timer, .close = close_timer};

struct file *timerfd_make(bool realtime, uint32_t flags) {
    struct timerfd *t = kzalloc(sizeof *t);
    if (!t) return NULL;
    t->realtime = realtime;
    wait_queue_init(&t->readable);
    struct file *file = file_unnamed(&operations, OPEN_READ_WRITE | flags, t);
    if (!file) kfree(t);
    return file;
}

bool timerfd_is(const struct file *file) { return file->operations == &operations; }

void timerfd_get(struct file *file, uint64_t *left_ns, uint64_t *interval_ns) {
    struct timerfd *t = file->data;
    catch_up(t);
    uint64_t now = now_of(t), next = t->next_ns;
    *interval_ns = t->interval_ns;
    // One that is due and has not rung yet has a nanosecond left: 0 would say that it is not set.
    *left_ns = next == 0 ? 0 : next > now ? next - now : 1;
}

void timerfd_set(struct file *file, uint64_t first_ns, uint64_t interval_ns, bool absolute, bool cancel_on_set) {
    struct timerfd *t = file->data;
    bool on = interrupts_disable();
    timer_cancel(&t->timer);
    watch(t, t->realtime && absolute && cancel_on_set);
    t->rang = false;
    t->expirations = 0;
    t->interval_ns = interval_ns;
    t->next_ns = 0;
    t->by_date = t->realtime && absolute;
    if (first_ns > 0) {
        t->next_ns = first_ns;
        if (!absolute && __builtin_add_overflow(clock_ns(), first_ns, &t->next_ns)) t->next_ns = UINT64_MAX;
        arm(t);
    }
    interrupts_restore(on);
}
