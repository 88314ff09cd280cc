// Wait queues: how a thread sleeps until something becomes true.
//
//     struct waiter w;
//     wait_begin(&queue, &w);
//     while (!condition && (result = wait_sleep(&w, deadline)) == 0) {}
//     wait_end(&w);
//
// A wake-up between the check of the condition and the sleep is not lost: it marks the waiter, and wait_sleep returns
// at once.
#pragma once

#include "lib/list.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct thread;

struct wait_queue {
    struct list waiters;
};

struct waiter {
    struct list node;
    struct thread *thread;
    bool woken;
    /// In place of a thread: what is called, with interrupts off, at every wake-up of the queue. It must not sleep.
    void (*notify)(struct waiter *w);
};

#define WAIT_FOREVER UINT64_MAX

static inline void wait_queue_init(struct wait_queue *q) { list_init(&q->waiters); }

void wait_begin(struct wait_queue *q, struct waiter *w);
/// Puts a waiter into the queue for which `notify` is called instead of waking a thread; wait_end takes it out.
void wait_begin_notified(struct wait_queue *q, struct waiter *w, void (*notify)(struct waiter *w));
/// Sleeps until woken. `deadline_ns` is on the clock_ns() scale. 0, -ETIMEDOUT, or -EINTR when the thread was
/// interrupted by thread_interrupt (a signal, or the end of the program). Sleeps may end without cause; the condition
/// decides.
long wait_sleep(struct waiter *w, uint64_t deadline_ns);
/// The same for a thread with waiters in several queues, or in none: a wake-up of any of them ends the sleep.
long wait_sleep_any(struct waiter *list, size_t count, uint64_t deadline_ns);
/// The same, but interruptions have to wait: for what ends by itself soon, such as disk requests and locks.
long wait_sleep_uninterrupted(struct waiter *w, uint64_t deadline_ns);
/// The same until a date, on the scale of clock_realtime_ns(), whatever that is set to meanwhile.
long wait_sleep_to_date(struct waiter *w, uint64_t date_ns);
void wait_end(struct waiter *w);

/// Callable from interrupt handlers.
void wake_one(struct wait_queue *q);
void wake_all(struct wait_queue *q);

/// Sleeps until `deadline_ns`. 0 or -EINTR.
long sleep_until(uint64_t deadline_ns);
/// Sleeps until that date. 0 or -EINTR.
long sleep_to_date(uint64_t date_ns);
