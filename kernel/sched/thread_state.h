// What the scheduler knows of a thread. For task/*.c only.
#pragma once

#include "arch/context.h"
#include "lib/list.h"
#include "sched/thread.h"

enum { THREAD_NAME_CAP = 16 };

enum thread_state { THREAD_RUNNABLE, THREAD_SLEEPING, THREAD_DEAD };

struct thread {
    struct list run_node; // in the run queue; unlinked while it runs or sleeps
    enum thread_state state;
    void *saved_stack; // where it was switched away from
    void *stack; // lowest address; null for the idle thread, which has the boot stack
    struct user_state user; // without memory for a thread of the kernel's own
    bool idle;
    bool interrupted;
    unsigned ready_batch; // that the program knows of
    uint32_t id;
    uint64_t slice_left_ns;
    uint64_t slept, preempted; // how often it gave the processor away, and lost it
    uint64_t ran_ns; // on the processor, up to its last switch
    uint64_t stopped_ns; // when it was last switched away from
    void *private_data;
    char name[THREAD_NAME_CAP];
};

/// Makes a thread runnable. Interrupts are off.
void sched_ready(struct thread *t);
/// Gives the processor to the next thread; the current one's state says whether it comes back by itself. Interrupts
/// off.
void sched_switch(void);
/// Whether sleeping makes sense: there is a scheduler, and no interrupt handler is running.
bool sched_can_sleep(void);
