// Kernel threads, and the scheduler that runs them. One processor now; what is per processor sits in one structure.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct thread;

/// A thread that runs `entry(argument)` on its own kernel stack (with a guard page). Null without memory. Runnable at once.
struct thread *thread_create(const char *name, void (*entry)(void *), void *argument);
struct thread *thread_current(void);
const char *thread_name(const struct thread *t);
uint32_t thread_id(const struct thread *t);
_Noreturn void thread_exit(void);
/// Lets others run.
void thread_yield(void);
/// Makes the thread's present or next interruptible sleep return -EINTR, until thread_clear_interrupt.
void thread_interrupt(struct thread *t);
void thread_clear_interrupt(struct thread *t);
bool thread_is_interrupted(const struct thread *t);
/// Pointer that belongs to the layer above (the program's thread state).
void thread_set_private(struct thread *t, void *private_data);
void *thread_private(const struct thread *t);
