// Timers: many moments from the clock's one alarm, which is set only when an earlier moment than the one it waits for
// comes up. A cancelled timer leaves the alarm alone: it rings for nothing, which is cheaper than setting it.
#include "task/timer.h"

#include "arch/x86_64/clock_event.h"
#include "arch/x86_64/cpu.h"
#include "dev/clock.h"
#include "lib/list.h"
#include <stddef.h>

static struct timer_heap heap;
static uint64_t alarm_ns = UINT64_MAX; // when the alarm will ring

static void set_alarm(void) {
    if (heap.root != NULL && heap.root->deadline_ns < alarm_ns) {
        alarm_ns = heap.root->deadline_ns;
        clock_event_arm(alarm_ns);
    }
}

static void expired(void) {
    alarm_ns = UINT64_MAX;
    uint64_t now = clock_ns();
    while (heap.root != NULL && heap.root->deadline_ns <= now) {
        struct timer *timer = container_of(heap.root, struct timer, node);
        timer_heap_remove(&heap, &timer->node);
        timer->armed = false;
        timer->fire(timer);
    }
    set_alarm();
}

void timers_init(void) { clock_event_init(expired); }

void timer_arm(struct timer *timer, uint64_t deadline_ns, void (*fire)(struct timer *timer)) {
    bool on = interrupts_disable();
    if (timer->armed) {
        timer_heap_remove(&heap, &timer->node);
    }
    timer->fire = fire;
    timer->armed = true;
    timer_heap_insert(&heap, &timer->node, deadline_ns);
    set_alarm();
    interrupts_restore(on);
}

void timer_cancel(struct timer *timer) {
    bool on = interrupts_disable();
    if (timer->armed) {
        timer_heap_remove(&heap, &timer->node);
        timer->armed = false;
    }
    interrupts_restore(on);
}
