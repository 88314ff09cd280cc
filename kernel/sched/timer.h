// Timers: a function called at a moment.
#pragma once

#include "lib/list.h"
#include "sched/timer_heap.h"

/// All zero is a timer that is not armed.
struct timer {
    struct timer_node node;
    void (*fire)(struct timer *timer);
    bool armed;
    bool by_date; // then it is in the list of those
    uint64_t date_ns; // on the scale of clock_realtime_ns()
    struct list dated;
};

void timers_init(void);

/// Calls `fire` once when clock_ns() reaches `deadline_ns`: from the interrupt, with interrupts off, on any thread; it
/// may arm the timer anew. Arming an armed timer moves it.
void timer_arm(struct timer *timer, uint64_t deadline_ns, void (*fire)(struct timer *timer));
/// The same when clock_realtime_ns() reaches `date_ns`, whatever the date is set to meanwhile.
void timer_arm_date(struct timer *timer, uint64_t date_ns, void (*fire)(struct timer *timer));
/// Afterwards `fire` is not called.
void timer_cancel(struct timer *timer);
static inline bool timer_is_armed(const struct timer *timer) { return timer->armed; }

/// Somebody who wants to know when the date is set; called with interrupts off.
struct date_watch {
    struct list node;
    void (*changed)(struct date_watch *watch);
};
void date_watch_begin(struct date_watch *watch, void (*changed)(struct date_watch *watch));
void date_watch_end(struct date_watch *watch);
