// How many things the program knows of: a hint from those who tell it to those who would rather send answers together.
#include "sched/ready_batch.h"

#include "arch/cpu.h"
#include "sched/thread_state.h"
#include <stddef.h>

static void (*on_pause)(void);

void errands_on_pause(void (*flush)(void)) { on_pause = flush; }

void errands_pause(void) {
    if (on_pause != NULL) {
        on_pause();
    }
}

void errands_set(unsigned count) {
    thread_current()->errands = count;
    if (count == 0) {
        bool on = interrupts_disable();
        errands_pause();
        interrupts_restore(on);
    }
}

bool errands_take(void) {
    struct thread *t = thread_current();
    t->errands -= t->errands > 0;
    return t->errands > 0;
}
