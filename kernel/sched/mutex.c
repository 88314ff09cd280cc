// A lock that sleeps.
//
// The kernel is not preempted, so taking a free lock is one assignment; before there are threads nobody can contend.
#include "sched/mutex.h"

#include "lib/panic.h"
#include "sched/thread.h"
#include <stddef.h>

void mutex_init(struct mutex *m) {
    m->owner = NULL;
    wait_queue_init(&m->waiters);
}

void mutex_lock(struct mutex *m) {
    struct thread *self = thread_current();
    if (m->owner == self) {
        panic("thread %u locks a mutex that it holds", thread_id(self));
    }
    if (m->owner != NULL) {
        struct waiter w;
        wait_begin(&m->waiters, &w);
        while (m->owner != NULL) {
            wait_sleep_uninterrupted(&w, WAIT_FOREVER);
        }
        wait_end(&w);
    }
    m->owner = self;
}

void mutex_unlock(struct mutex *m) {
    if (m->owner != thread_current()) {
        panic("a mutex is unlocked by a thread that does not hold it");
    }
    m->owner = NULL;
    wake_one(&m->waiters);
}
