// A lock that sleeps. For thread context only, never in interrupt handlers.
#pragma once

#include "task/wait.h"

struct mutex {
    struct thread *owner;
    struct wait_queue waiters;
};

void mutex_init(struct mutex *m);
void mutex_lock(struct mutex *m);
void mutex_unlock(struct mutex *m);
