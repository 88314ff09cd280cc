// What others may know and set of a thread. Running them is sched.c's business.
#include "sched/thread.h"

#include "arch/cpu.h"
#include "arch/percpu.h"
#include "sched/thread_state.h"

const char *thread_name(const struct thread *t) { return t->name; }

uint32_t thread_id(const struct thread *t) { return t->id; }

void thread_interrupt(struct thread *t) {
    bool on = interrupts_disable();
    t->interrupted = true;
    if (t == thread_current() && this_cpu()->interrupt_depth > 0) {
        // It may have looked at its signals already, on its way back to the program: it must do so again.
        this_cpu()->need_resched = true;
    }
    sched_ready(t);
    interrupts_restore(on);
}

void thread_clear_interrupt(struct thread *t) { t->interrupted = false; }

bool thread_is_interrupted(const struct thread *t) { return t->interrupted; }

void thread_set_private(struct thread *t, void *private_data) { t->private_data = private_data; }

void *thread_private(const struct thread *t) { return t->private_data; }
