// Timers: many moments from the clock's one alarm, which is set only when an earlier moment than the one it waits for
// comes up. A cancelled timer leaves the alarm alone: it rings for nothing, which is cheaper than setting it.
#include "sched/timer.h"

#include "arch/clock_event.h"
#include "arch/cpu.h"
#include "arch/clock.h"
#include "lib/list.h"
#include <stddef.h>

static struct timer_heap heap;
static uint64_t alarm_ns = UINT64_MAX; // when the alarm will ring
static struct list dated = {&dated, &dated}; // armed timers that go by the date
static struct list watching = {&watching, &watching}; // of struct date_watch

static void set_alarm(void) {
    if (heap.root != NULL && heap.root->deadline_ns < alarm_ns) {
        alarm_ns = heap.root->deadline_ns;
        clock_event_arm(alarm_ns);
    }
}

static void take_out(struct timer *timer) {
    timer_heap_remove(&heap, &timer->node);
    timer->armed = false;
    if (timer->by_date) {
        list_remove(&timer->dated);
        timer->by_date = false;
    }
}

static void expired(void) {
    alarm_ns = UINT64_MAX;
    uint64_t now = clock_ns();
    while (heap.root != NULL && heap.root->deadline_ns <= now) {
        struct timer *timer = container_of(heap.root, struct timer, node);
        take_out(timer);
        timer->fire(timer);
    }
    set_alarm();
}

/// When the clock will show that date, as things are.
static uint64_t deadline_of_date(uint64_t date_ns) {
    uint64_t start_ns = clock_start_date_ns();
    return date_ns > start_ns ? date_ns - start_ns : 0;
}

static void date_changed(void) {
    for (struct list *node = dated.next; node != &dated; node = node->next) {
        struct timer *timer = container_of(node, struct timer, dated);
        timer_heap_remove(&heap, &timer->node);
        timer_heap_insert(&heap, &timer->node, deadline_of_date(timer->date_ns));
    }
    for (struct list *node = watching.next, *next; node != &watching; node = next) {
        next = node->next;
        struct date_watch *watch = container_of(node, struct date_watch, node);
        watch->changed(watch);
    }
    set_alarm();
}

void timers_init(void) {
    clock_event_init(expired);
    clock_on_set(date_changed);
}

static void insert(struct timer *timer, uint64_t deadline_ns, void (*fire)(struct timer *timer)) {
    timer->fire = fire;
    timer->armed = true;
    timer_heap_insert(&heap, &timer->node, deadline_ns);
    set_alarm();
}

void timer_arm(struct timer *timer, uint64_t deadline_ns, void (*fire)(struct timer *timer)) {
    bool on = interrupts_disable();
    if (timer->armed) {
        take_out(timer);
    }
    insert(timer, deadline_ns, fire);
    interrupts_restore(on);
}

void timer_arm_date(struct timer *timer, uint64_t date_ns, void (*fire)(struct timer *timer)) {
    bool on = interrupts_disable();
    if (timer->armed) {
        take_out(timer);
    }
    timer->by_date = true;
    timer->date_ns = date_ns;
    list_push_back(&dated, &timer->dated);
    insert(timer, deadline_of_date(date_ns), fire);
    interrupts_restore(on);
}

void date_watch_begin(struct date_watch *watch, void (*changed)(struct date_watch *watch)) {
    bool on = interrupts_disable();
    watch->changed = changed;
    list_push_back(&watching, &watch->node);
    interrupts_restore(on);
}

void date_watch_end(struct date_watch *watch) {
    bool on = interrupts_disable();
    list_remove(&watch->node);
    interrupts_restore(on);
}

void timer_cancel(struct timer *timer) {
    bool on = interrupts_disable();
    if (timer->armed) {
        take_out(timer);
    }
    interrupts_restore(on);
}
