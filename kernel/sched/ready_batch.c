// How many things the program knows of: a hint from those who tell it to those who would rather send answers together.
#include "sched/ready_batch.h"

#include "arch/cpu.h"
#include "sched/thread_state.h"
#include <stddef.h>

static void (*on_pause)(void);

void ready_batch_on_pause(void (*flush)(void)) { on_pause = flush; }

void ready_batch_pause(void) {
    if (on_pause != NULL) {
        on_pause();
    }
}

void ready_batch_set(unsigned count) {
    thread_current()->ready_batch = count;
    if (count == 0) {
        bool on = interrupts_disable();
        ready_batch_pause();
        interrupts_restore(on);
    }
}

bool ready_batch_take(void) {
    struct thread *t = thread_current();
    t->ready_batch -= t->ready_batch > 0;
    return t->ready_batch > 0;
}
