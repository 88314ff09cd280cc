// Timers that send signals: alarm, setitimer, timer_create and theirs.

#include "arch/cpu.h"
#include "lib/errno.h"
#include "mem/heap.h"
#include "sys/calls.h"
#include "proc/process.h"
#include "proc/program_clock.h"

#define NS 1000000000ull

enum { MICROSECOND = 1000, TIMER_ABSOLUTE = 1 };

// One interval timer each of real time, and of processor time twice: nothing is told apart there.

enum { REAL, VIRTUAL, PROFILE, INTERVALS };

static const int interval_signals[INTERVALS] = {SIGNAL_ALRM, SIGNAL_VTALRM, SIGNAL_PROF};

static void interval_expired(struct program_timer *t, uint64_t times);

static struct program_timer intervals[INTERVALS] = {
    {.clock = CLOCK_MONOTONIC, .expired = interval_expired},
    {.clock = CLOCK_PROCESS, .expired = interval_expired},
    {.clock = CLOCK_PROCESS, .expired = interval_expired},
};

static void interval_expired(struct program_timer *t, uint64_t times) {
    (void)times;
    signal_send(interval_signals[t - intervals]);
}

/// Lets a timer ring in `ns` of its clock, which is not the date: that can be set, and a time from now stays what it
/// is. 0 stops it.
static void set_from_now(struct program_timer *t, uint64_t ns, uint64_t period) {
    uint64_t now, next = 0;
    if (ns && program_clock_read(t->clock, &now) && __builtin_add_overflow(now, ns, &next)) next = UINT64_MAX;
    program_timer_set(t, next, period);
}

/// As struct itimerval: the period, then what is left, in seconds and microseconds.
struct interval {
    int64_t period[2], left[2];
};

static struct interval interval_now(const struct program_timer *t) {
    uint64_t left = program_timer_left(t);
    return (struct interval){{(int64_t)(t->period / NS), (int64_t)(t->period % NS / MICROSECOND)},
                             {(int64_t)(left / NS), (int64_t)(left % NS / MICROSECOND)}};
}

static bool is_time(const int64_t *t) { return t[0] >= 0 && t[0] < INT32_MAX && t[1] >= 0 && t[1] < 1000000; }
static uint64_t ns_of(const int64_t *t) { return (uint64_t)t[0] * NS + (uint64_t)t[1] * MICROSECOND; }

long sys_getitimer(const struct syscall *c) {
    if (c->arg[0] >= INTERVALS) return -EINVAL;
    struct interval now = interval_now(&intervals[c->arg[0]]);
    return copy_to_user(c->arg[1], &now, sizeof now);
}

long sys_setitimer(const struct syscall *c) {
    struct interval wanted = {0};
    if (c->arg[0] >= INTERVALS) return -EINVAL;
    if (c->arg[1] && copy_from_user(&wanted, c->arg[1], sizeof wanted) != 0) return -EFAULT;
    if (!is_time(wanted.period) || !is_time(wanted.left)) return -EINVAL;
    struct program_timer *t = &intervals[c->arg[0]];
    struct interval old = interval_now(t);
    set_from_now(t, ns_of(wanted.left), ns_of(wanted.period));
    return c->arg[2] ? copy_to_user(c->arg[2], &old, sizeof old) : 0;
}

long sys_alarm(const struct syscall *c) {
    struct program_timer *t = &intervals[REAL];
    // Rounded, but a timer that is set has at least a second.
    uint64_t left = program_timer_left(t), seconds = left && left < NS ? 1 : (left + NS / 2) / NS;
    set_from_now(t, (uint32_t)c->arg[0] * NS, 0);
    return (long)seconds;
}

// Timers of timer_create.

enum { TIMERS_MOST = 1024 };
enum notify { BY_SIGNAL, BY_NOTHING, BY_THREAD, BY_THREAD_SIGNAL = 4 };

/// As struct sigevent, as far as the kernel reads it.
struct event {
    uint64_t value;
    int32_t signal, notify, thread;
    uint8_t padding[44];
};
_Static_assert(sizeof(struct event) == 64, "the C libraries' layout");

struct signal_timer {
    struct program_timer timer; // its clock is that of the latest setting
    int32_t clock; // as it was created
    struct signal_entry entry;
    enum notify notify;
    uint32_t thread;
    int32_t overrun; // of the signal that was taken last
};

static struct signal_timer *timers[TIMERS_MOST];

static void timer_expired(struct program_timer *of, uint64_t times) {
    struct signal_timer *t = container_of(of, struct signal_timer, timer);
    if (t->notify == BY_NOTHING) return;
    struct task *task = t->notify == BY_THREAD_SIGNAL ? task_find(t->thread) : NULL;
    if (t->notify == BY_THREAD_SIGNAL && !task) return;
    uint64_t more = times - 1;
    if (t->entry.queue) {
        more = (uint64_t)t->entry.info.timer.overrun + times;
    } else {
        t->overrun = t->entry.info.timer.overrun;
    }
    t->entry.info.timer.overrun = more < INT32_MAX ? (int32_t)more : INT32_MAX;
    if (!t->entry.queue) signal_lend_to(task, &t->entry);
}

static struct signal_timer *timer_of(uint64_t id) { return id < TIMERS_MOST ? timers[id] : NULL; }

static long free_place(void) {
    for (long i = 0; i < TIMERS_MOST; i++) {
        if (!timers[i]) return i;
    }
    return -EAGAIN;
}

/// What an event asks for, or without one SIGALRM with the timer's id. 0, -EINVAL.
static int read_event(struct signal_timer *t, const struct event *event) {
    t->notify = (enum notify)event->notify;
    t->thread = (uint32_t)event->thread;
    t->entry.info.number = event->signal;
    t->entry.info.timer.value = event->value;
    switch (event->notify) {
    case BY_NOTHING: return 0;
    case BY_THREAD_SIGNAL:
        if (!task_find(t->thread)) return -EINVAL;
        break;
    case BY_SIGNAL:
    case BY_THREAD: // which the C library makes of a signal
        break;
    default: return -EINVAL;
    }
    return event->signal >= 1 && event->signal <= SIGNAL_LAST ? 0 : -EINVAL;
}

long sys_timer_create(const struct syscall *c) {
    int32_t clock = (int32_t)c->arg[0];
    long id = free_place();
    struct event event = {.signal = SIGNAL_ALRM, .value = (uint64_t)id};
    long usable = clock_check_timers(clock);
    if (usable != 0) return usable;
    if (c->arg[1] && copy_from_user(&event, c->arg[1], sizeof event) != 0) return -EFAULT;
    if (id < 0) return id;
    struct signal_timer *t = kzalloc(sizeof *t);
    if (!t) return -EAGAIN;
    list_init(&t->entry.node);
    t->entry.info.code = SIGNAL_BY_TIMER;
    t->entry.info.timer.id = (int32_t)id;
    t->clock = t->timer.clock = program_clock_for_all(clock);
    t->timer.expired = timer_expired;
    long result = read_event(t, &event);
    if (result == 0) result = copy_to_user(c->arg[2], &(int32_t){(int32_t)id}, sizeof(int32_t));
    // The copy may have slept while another thread took the place.
    if (result == 0 && timers[id]) result = -EAGAIN;
    if (result == 0) timers[id] = t;
    else kfree(t);
    return result;
}

/// As struct itimerspec.
struct setting {
    struct time_value period, left;
};

static struct setting setting_now(const struct signal_timer *t) {
    return (struct setting){time_value_of(t->timer.period), time_value_of(program_timer_left(&t->timer))};
}

long sys_timer_settime(const struct syscall *c) {
    struct signal_timer *t = timer_of(c->arg[0]);
    uint64_t period, first;
    if (!t || !c->arg[2]) return -EINVAL;
    int result = time_from_user(c->arg[2], &period);
    if (result == 0) result = time_from_user(c->arg[2] + sizeof(struct time_value), &first);
    if (result != 0) return result;
    t = timer_of(c->arg[0]); // the copies may have slept
    if (!t) return -EINVAL;
    struct setting old = setting_now(t);
    bool on = interrupts_disable();
    signal_queue_recall(&t->entry);
    t->entry.info.timer.overrun = t->overrun = 0;
    interrupts_restore(on);
    bool absolute = c->arg[1] & TIMER_ABSOLUTE;
    program_timer_set(&t->timer, 0, 0);
    t->timer.clock = !absolute && program_clock_is_date(t->clock) ? CLOCK_MONOTONIC : t->clock;
    if (absolute) program_timer_set(&t->timer, first, period);
    else set_from_now(&t->timer, first, period);
    return c->arg[3] ? copy_to_user(c->arg[3], &old, sizeof old) : 0;
}

long sys_timer_gettime(const struct syscall *c) {
    const struct signal_timer *t = timer_of(c->arg[0]);
    if (!t) return -EINVAL;
    struct setting now = setting_now(t);
    return copy_to_user(c->arg[1], &now, sizeof now);
}

long sys_timer_getoverrun(const struct syscall *c) {
    const struct signal_timer *t = timer_of(c->arg[0]);
    if (!t) return -EINVAL;
    return t->entry.queue ? t->overrun : t->entry.info.timer.overrun;
}

long sys_timer_delete(const struct syscall *c) {
    struct signal_timer *t = timer_of(c->arg[0]);
    if (!t) return -EINVAL;
    timers[c->arg[0]] = NULL;
    program_timer_set(&t->timer, 0, 0);
    bool on = interrupts_disable();
    signal_queue_recall(&t->entry);
    interrupts_restore(on);
    kfree(t);
    return 0;
}
