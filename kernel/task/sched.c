// The scheduler: one queue, first come first served, in slices where more than one thread wants to run.
//
// The kernel itself is never preempted: a thread loses the processor when it sleeps, yields, or is about to return to the
// program after its slice. So kernel code needs protection from interrupt handlers and across its own sleeps, no more.
#include "task/sched.h"

#include "arch/x86_64/cpu.h"
#include "arch/x86_64/descriptors.h"
#include "arch/x86_64/insn.h"
#include "arch/x86_64/kernel_space.h"
#include "arch/x86_64/percpu.h"
#include "arch/x86_64/trap.h"
#include "dev/clock.h"
#include "lib/string.h"
#include "mem/heap.h"
#include "panic.h"
#include "task/thread_state.h"
#include "task/timer.h"

#define SLICE_NS 5000000ull

static struct list run_queue = {&run_queue, &run_queue};
static struct thread idle_thread = {.name = "idle", .idle = true, .run_node = {&idle_thread.run_node, &idle_thread.run_node}};
static struct timer slice_timer;
static void (*idle_flush)(void);
static bool started;
static uint32_t next_id = 1;
/// A thread that has ended and whose stack may go once it is off it.
static struct thread *dead;

static void slice_ended(struct timer *timer) {
    (void)timer;
    this_cpu()->need_resched = !list_is_empty(&run_queue);
}

struct thread *thread_current(void) { return this_cpu()->current; }

bool sched_can_sleep(void) {
    return started && this_cpu()->interrupt_depth == 0 && !thread_current()->idle;
}

void sched_ready(struct thread *t) {
    if (t->state != THREAD_SLEEPING) {
        return;
    }
    t->state = THREAD_RUNNABLE;
    list_push_back(&run_queue, &t->run_node);
    struct thread *current = thread_current();
    if (!current->idle && !timer_is_armed(&slice_timer)) {
        timer_arm(&slice_timer, clock_ns() + SLICE_NS, slice_ended);
    }
}

static void bury(struct thread *t) {
    user_state_destroy(&t->user);
    kernel_stack_free(t->stack);
    kfree(t);
}

/// First thing on the new stack.
static void arrive(void) {
    if (dead != NULL) {
        bury(dead);
        dead = NULL;
    }
}

void sched_switch(void) {
    struct percpu *cpu = this_cpu();
    struct thread *from = cpu->current;
    cpu->need_resched = false;
    if (from->state == THREAD_RUNNABLE && !from->idle) {
        list_push_back(&run_queue, &from->run_node);
    }
    struct thread *to = &idle_thread;
    if (!list_is_empty(&run_queue)) {
        to = container_of(run_queue.next, struct thread, run_node);
        list_remove(&to->run_node);
    }
    if (to->idle) {
        timer_cancel(&slice_timer);
    } else if (!list_is_empty(&run_queue)) {
        timer_arm(&slice_timer, clock_ns() + SLICE_NS, slice_ended);
    }
    if (to == from) {
        return;
    }
    if (from->state == THREAD_DEAD) {
        dead = from;
    }
    cpu->current = to;
    if (!to->idle) {
        descriptors_set_kernel_stack((uint64_t)to->stack + KERNEL_STACK_SIZE);
        user_state_enter(&to->user);
    }
    context_switch(&from->rsp, to->rsp);
    arrive();
}

void thread_yield(void) {
    bool on = interrupts_disable();
    this_cpu()->need_resched = false;
    if (!list_is_empty(&run_queue)) {
        sched_switch();
    }
    interrupts_restore(on);
}

_Noreturn void thread_start(void (*entry)(void *), void *argument);

void thread_start(void (*entry)(void *), void *argument) {
    arrive();
    interrupts_enable();
    entry(argument);
    thread_exit();
}

struct thread *thread_create(const char *name, void (*entry)(void *), void *argument) {
    struct thread *t = kzalloc(sizeof(*t));
    if (t == NULL) {
        return NULL;
    }
    t->stack = kernel_stack_alloc();
    if (t->stack == NULL || !user_state_init(&t->user)) {
        if (t->stack != NULL) {
            kernel_stack_free(t->stack);
        }
        kfree(t);
        return NULL;
    }
    memcpy(t->name, name, strnlen(name, THREAD_NAME_CAP - 1));
    list_init(&t->run_node);
    t->rsp = context_prepare((char *)t->stack + KERNEL_STACK_SIZE, entry, argument);
    t->state = THREAD_SLEEPING;
    bool on = interrupts_disable();
    t->id = next_id++;
    sched_ready(t);
    interrupts_restore(on);
    return t;
}

void thread_exit(void) {
    (void)interrupts_disable();
    struct thread *t = thread_current();
    t->state = THREAD_DEAD;
    sched_switch();
    panic("thread %u runs after its end", t->id);
}

void sched_init(void) {
    this_cpu()->current = &idle_thread;
    trap_set_reschedule(thread_yield);
    started = true;
}

void sched_on_idle(void (*flush)(void)) { idle_flush = flush; }

void sched_idle(void) {
    for (;;) {
        (void)interrupts_disable();
        if (!list_is_empty(&run_queue)) {
            sched_switch();
        } else {
            if (idle_flush != NULL) {
                idle_flush();
            }
            if (list_is_empty(&run_queue)) {
                enable_and_halt();
            }
        }
    }
}
