// A lock that sleeps. For thread context only, never in interrupt handlers.
#pragma once

#include "sched/wait.h"

struct mutex {
    struct thread *owner;
    struct wait_queue waiters;
};

/// For one that is there from the start: `static struct mutex lock = MUTEX_FREE(lock);`
#define MUTEX_FREE(m)                                                                                                  \
    {                                                                                                                  \
        .waiters = { {&(m).waiters.waiters, &(m).waiters.waiters} }                                                    \
    }
/// For all others.
void mutex_init(struct mutex *m);
void mutex_lock(struct mutex *m);
void mutex_unlock(struct mutex *m);
