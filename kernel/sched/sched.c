// The scheduler: threads take turns in slices where more than one wants to run.
//
// A thread that slept goes before those that compute, as long as something of its slice is left, and what interrupts
// wake runs at once: so timers and devices are answered quickly, and nobody starves, because sleeping does not renew a
// slice that is being used up. Where one thread alone wants to run no timer ticks.
//
// The kernel itself is never preempted: a thread loses the processor when it sleeps, yields, or is about to return to
// the program after its slice. So kernel code needs protection from interrupt handlers and across its own sleeps, no
// more.
#include "sched/sched.h"

#include "arch/cpu.h"
#include "arch/insn.h"
#include "arch/kernel_space.h"
#include "arch/percpu.h"
#include "arch/trap.h"
#include "arch/clock.h"
#include "lib/string.h"
#include "mem/heap.h"
#include "lib/panic.h"
#include "sched/ready_batch.h"
#include "sched/thread_state.h"
#include "sched/timer.h"

#define SLICE_NS 5000000ull
/// A thread that has the processor keeps it for so long at least: below that, switching is all that would be done.
#define SHORTEST_NS 200000ull

/// Those that slept and have something of their slice left, then all others.
static struct list awake = {&awake, &awake}, waiting = {&waiting, &waiting};
static struct thread idle_thread = {
    .name = "idle", .idle = true, .run_node = {&idle_thread.run_node, &idle_thread.run_node}};
static struct timer slice_timer;
static bool started;
static uint64_t switches;
static uint32_t next_id = 1;
/// A thread that has ended and whose stack may go once it is off it.
static struct thread *dead;

static bool somebody_waits(void) { return !list_is_empty(&awake) || !list_is_empty(&waiting); }

static void slice_ended(struct timer *timer) {
    (void)timer;
    this_cpu()->need_resched = somebody_waits();
}

/// Sees to it that the current thread's slice ends, if there is anybody to go on instead.
static void limit_slice(void) {
    struct percpu *cpu = this_cpu();
    if (cpu->current->idle || timer_is_armed(&slice_timer) || !somebody_waits()) {
        return;
    }
    uint64_t left = cpu->current->slice_left_ns;
    timer_arm(&slice_timer, cpu->switched_ns + (left > SHORTEST_NS ? left : SHORTEST_NS), slice_ended);
}

struct thread *thread_current(void) { return this_cpu()->current; }

bool sched_can_sleep(void) { return started && this_cpu()->interrupt_depth == 0 && !thread_current()->idle; }

void sched_ready(struct thread *t) {
    if (t->state != THREAD_SLEEPING) {
        return;
    }
    t->state = THREAD_RUNNABLE;
    if (clock_ns() - t->stopped_ns >= SLICE_NS) {
        t->slice_left_ns = SLICE_NS;
    }
    if (t->slice_left_ns > 0) {
        list_push_back(&awake, &t->run_node);
        // What the current thread itself wakes can wait for it to sleep: that is soon, or its slice ends.
        this_cpu()->need_resched |= this_cpu()->interrupt_depth > 0;
    } else {
        t->slice_left_ns = SLICE_NS;
        list_push_back(&waiting, &t->run_node);
    }
    limit_slice();
}

/// Puts a thread that could go on back to those that wait: behind them after its slice, before them within it.
static void put_back(struct thread *t) {
    if (t->slice_left_ns == 0) {
        t->slice_left_ns = SLICE_NS;
        list_push_back(&waiting, &t->run_node);
    } else {
        list_push_front(&waiting, &t->run_node);
    }
}

static struct thread *take_next(void) {
    struct list *queue = list_is_empty(&awake) ? &waiting : &awake;
    if (list_is_empty(queue)) {
        return &idle_thread;
    }
    struct thread *t = container_of(queue->next, struct thread, run_node);
    list_remove(&t->run_node);
    return t;
}

/// Charges the current thread with the time that it has had the processor.
static void charge(struct percpu *cpu) {
    struct thread *t = cpu->current;
    uint64_t now = clock_ns(), ran = now - cpu->switched_ns;
    cpu->switched_ns = t->stopped_ns = now;
    t->ran_ns += ran;
    t->slice_left_ns -= ran < t->slice_left_ns ? ran : t->slice_left_ns;
}

uint64_t thread_run_ns(const struct thread *t) {
    const struct percpu *cpu = this_cpu();
    return t->ran_ns + (t == cpu->current ? clock_ns() - cpu->switched_ns : 0);
}

uint64_t sched_switches(void) { return switches; }

struct thread_activity thread_activity(const struct thread *t) {
    return (struct thread_activity){
        .sleeps = t->state == THREAD_SLEEPING, .slept = t->slept, .preempted = t->preempted};
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
    ready_batch_pause();
    charge(cpu);
    if (from->state == THREAD_RUNNABLE && !from->idle) {
        put_back(from);
    }
    struct thread *to = take_next();
    timer_cancel(&slice_timer);
    cpu->current = to;
    limit_slice();
    if (to == from) {
        return;
    }
    switches++;
    *(from->state == THREAD_RUNNABLE ? &from->preempted : &from->slept) += 1;
    if (from->state == THREAD_DEAD) {
        dead = from;
    }
    if (!to->idle) {
        context_set_kernel_stack((uint64_t)to->stack + KERNEL_STACK_SIZE);
        if (to->user.fpu != NULL) {
            user_state_enter(&to->user);
        }
    }
    context_switch(&from->saved_stack, to->saved_stack);
    arrive();
}

void thread_yield(void) {
    bool on = interrupts_disable();
    if (somebody_waits()) {
        thread_current()->slice_left_ns = 0;
        sched_switch();
    }
    interrupts_restore(on);
}

/// On the way back to the program: its slice is over, or an interrupt has woken somebody.
static void preempt(void) {
    bool on = interrupts_disable();
    this_cpu()->need_resched = false;
    if (somebody_waits()) {
        sched_switch();
    }
    interrupts_restore(on);
}

bool thread_pause(void) {
    if (this_cpu()->need_resched) {
        preempt();
    }
    return thread_current()->interrupted;
}

_Noreturn void thread_start(void (*entry)(void *), void *argument);

void thread_start(void (*entry)(void *), void *argument) {
    arrive();
    interrupts_enable();
    entry(argument);
    thread_exit();
}

/// A thread that sleeps. Null without memory.
static struct thread *new_thread(const char *name, void (*entry)(void *), void *argument) {
    struct thread *t = kzalloc(sizeof(*t));
    if (t == NULL) {
        return NULL;
    }
    t->stack = kernel_stack_alloc();
    if (t->stack == NULL) {
        kfree(t);
        return NULL;
    }
    memcpy(t->name, name, strnlen(name, THREAD_NAME_CAP - 1));
    list_init(&t->run_node);
    t->saved_stack = context_prepare((char *)t->stack + KERNEL_STACK_SIZE, entry, argument);
    t->state = THREAD_SLEEPING;
    t->slice_left_ns = SLICE_NS;
    return t;
}

static void begin_thread(struct thread *t) {
    bool on = interrupts_disable();
    t->id = next_id++;
    t->stopped_ns = clock_ns();
    sched_ready(t);
    interrupts_restore(on);
}

struct thread *thread_create(const char *name, void (*entry)(void *), void *argument) {
    struct thread *t = new_thread(name, entry, argument);
    if (t != NULL) {
        begin_thread(t);
    }
    return t;
}

struct thread *thread_create_user(const char *name, void (*entry)(void *), void *argument, void *private_data) {
    struct thread *t = new_thread(name, entry, argument);
    if (t == NULL) {
        return NULL;
    }
    const struct thread *from = thread_current();
    if (!user_state_init(&t->user, from->user.fpu != NULL)) {
        bury(t);
        return NULL;
    }
    t->private_data = private_data;
    begin_thread(t);
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
    trap_set_reschedule(preempt);
    started = true;
}

void sched_idle(void) {
    for (;;) {
        (void)interrupts_disable();
        if (somebody_waits()) {
            sched_switch();
        } else {
            enable_and_halt();
        }
    }
}
