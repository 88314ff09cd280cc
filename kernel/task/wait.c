// Wait queues. Masking interrupts is the lock of every queue and of the waiters in it.
#include "task/wait.h"

#include "arch/x86_64/cpu.h"
#include "dev/clock.h"
#include "lib/errno.h"
#include "task/thread_state.h"
#include "task/timer.h"

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

/// Sleeps until one of the thread's waiters is woken. With interrupts off.
static long sleep(struct waiter *w, uint64_t deadline_ns, bool interruptible) {
    struct thread *t = thread_current();
    struct alarm alarm = {.thread = t};
    long result;
    for (;;) {
        if (t->wake_pending || (w != NULL && w->woken)) {
            t->wake_pending = false;
            result = 0;
            break;
        }
        if (interruptible && t->interrupted) {
            result = -EINTR;
            break;
        }
        if (deadline_ns != WAIT_FOREVER && clock_ns() >= deadline_ns) {
            result = -ETIMEDOUT;
            break;
        }
        if (deadline_ns != WAIT_FOREVER) {
            timer_arm(&alarm.timer, deadline_ns, ring);
        }
        t->state = THREAD_SLEEPING;
        sched_switch();
    }
    timer_cancel(&alarm.timer);
    if (w != NULL) {
        w->woken = false;
    }
    return result;
}

long wait_sleep(struct waiter *w, uint64_t deadline_ns) {
    bool on = interrupts_disable();
    long result = sleep(w, deadline_ns, true);
    interrupts_restore(on);
    return result;
}

long wait_sleep_uninterrupted(struct waiter *w, uint64_t deadline_ns) {
    bool on = interrupts_disable();
    long result = sleep(w, deadline_ns, false);
    interrupts_restore(on);
    return result;
}

static void wake(struct waiter *w) {
    if (w->notify != NULL) {
        w->notify(w);
        return;
    }
    w->woken = true;
    w->thread->wake_pending = true;
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
    bool on = interrupts_disable();
    long result;
    do {
        result = sleep(NULL, deadline_ns, true);
    } while (result == 0);
    interrupts_restore(on);
    return result == -ETIMEDOUT ? 0 : result;
}
