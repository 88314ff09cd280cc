// Timers: a function called at a moment.
#pragma once

#include "task/timer_heap.h"

/// All zero is a timer that is not armed.
struct timer {
    struct timer_node node;
    void (*fire)(struct timer *timer);
    bool armed;
};

void timers_init(void);

/// Calls `fire` once when clock_ns() reaches `deadline_ns`: from the interrupt, with interrupts off, on any thread; it may
/// arm the timer anew. Arming an armed timer moves it.
void timer_arm(struct timer *timer, uint64_t deadline_ns, void (*fire)(struct timer *timer));
/// Afterwards `fire` is not called.
void timer_cancel(struct timer *timer);
static inline bool timer_is_armed(const struct timer *timer) { return timer->armed; }
