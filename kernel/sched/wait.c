// Wait queues. Masking interrupts is the lock of every queue and of the waiters in it.
#include "sched/wait.h"

#include "arch/cpu.h"
#include "arch/clock.h"
#include "lib/errno.h"
#include "sched/thread_state.h"
#include "sched/timer.h"
#include <stddef.h>

/// The alarm of one sleep.
struct alarm {
    struct timer timer;
    struct thread *thread;
};

void wait_begin(struct wait_queue *q, struct waiter *w) {
    bool on = interrupts_disable();
    w->thread = thread_current();
    w->woken = false;
    w->notify = NULL;
    list_push_back(&q->waiters, &w->node);
    interrupts_restore(on);
}

void wait_begin_notified(struct wait_queue *q, struct waiter *w, void (*notify)(struct waiter *w)) {
    bool on = interrupts_disable();
    *w = (struct waiter){.notify = notify};
    list_push_back(&q->waiters, &w->node);
    interrupts_restore(on);
}

void wait_end(struct waiter *w) {
    bool on = interrupts_disable();
    list_remove(&w->node);
    interrupts_restore(on);
}

static void ring(struct timer *timer) { sched_ready(container_of(timer, struct alarm, timer)->thread); }

/// Whether one of the waiters was woken; they can be woken anew then.
static bool take_wakeups(struct waiter *list, size_t count) {
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        any |= list[i].woken;
        list[i].woken = false;
    }
    return any;
}

/// How long a sleep goes at most.
struct limit {
    uint64_t ns;
    bool is_date;
};

static bool is_over(struct limit limit) {
    return limit.ns != WAIT_FOREVER && (limit.is_date ? clock_realtime_ns() : clock_ns()) >= limit.ns;
}

static void arm(struct alarm *alarm, struct limit limit) {
    if (limit.ns == WAIT_FOREVER) {
        return;
    }
    if (limit.is_date) {
        timer_arm_date(&alarm->timer, limit.ns, ring);
    } else {
        timer_arm(&alarm->timer, limit.ns, ring);
    }
}

/// Sleeps until one of the waiters is woken. With interrupts off.
static long sleep(struct waiter *list, size_t count, struct limit limit, bool interruptible) {
    struct thread *t = thread_current();
    struct alarm alarm = {.thread = t};
    long result = 0;
    while (!take_wakeups(list, count)) {
        if (interruptible && t->interrupted) {
            result = -EINTR;
            break;
        }
        if (is_over(limit)) {
            result = -ETIMEDOUT;
            break;
        }
        arm(&alarm, limit);
        t->state = THREAD_SLEEPING;
        sched_switch();
    }
    timer_cancel(&alarm.timer);
    return result;
}

long wait_sleep_any(struct waiter *list, size_t count, uint64_t deadline_ns) {
    bool on = interrupts_disable();
    long result = sleep(list, count, (struct limit){.ns = deadline_ns}, true);
    interrupts_restore(on);
    return result;
}

long wait_sleep(struct waiter *w, uint64_t deadline_ns) { return wait_sleep_any(w, 1, deadline_ns); }

static long sleep_dated(struct waiter *list, size_t count, uint64_t date_ns) {
    bool on = interrupts_disable();
    long result = sleep(list, count, (struct limit){date_ns, true}, true);
    interrupts_restore(on);
    return result;
}

long wait_sleep_to_date(struct waiter *w, uint64_t date_ns) { return sleep_dated(w, 1, date_ns); }

long wait_sleep_uninterrupted(struct waiter *w, uint64_t deadline_ns) {
    bool on = interrupts_disable();
    long result = sleep(w, 1, (struct limit){.ns = deadline_ns}, false);
    interrupts_restore(on);
    return result;
}

static void wake(struct waiter *w) {
    if (w->notify != NULL) {
        w->notify(w);
        return;
    }
    w->woken = true;
    sched_ready(w->thread);
}

void wake_one(struct wait_queue *q) {
    bool on = interrupts_disable();
    for (struct list *node = q->waiters.next; node != &q->waiters; node = node->next) {
        struct waiter *w = container_of(node, struct waiter, node);
        if (!w->woken) {
            wake(w);
            if (w->notify == NULL) {
                break;
            }
        }
    }
    interrupts_restore(on);
}

void wake_all(struct wait_queue *q) {
    bool on = interrupts_disable();
    for (struct list *node = q->waiters.next; node != &q->waiters; node = node->next) {
        wake(container_of(node, struct waiter, node));
    }
    interrupts_restore(on);
}

long sleep_until(uint64_t deadline_ns) {
    long result = wait_sleep_any(NULL, 0, deadline_ns);
    return result == -ETIMEDOUT ? 0 : result;
}

long sleep_to_date(uint64_t date_ns) {
    long result = sleep_dated(NULL, 0, date_ns);
    return result == -ETIMEDOUT ? 0 : result;
}
