// Kernel threads, and the scheduler that runs them. One processor now; what is per processor sits in one structure.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct thread;

/// A thread that runs `entry(argument)` on its own kernel stack (with a guard page). Null without memory. Runnable at
/// once.
struct thread *thread_create(const char *name, void (*entry)(void *), void *argument);
/// The same for a thread that will run the program, with `private_data` as its pointer: it has the program's registers
/// that the kernel does not use (FPU, fs and gs base) as the current thread has them, or fresh ones if that has none.
struct thread *thread_create_user(const char *name, void (*entry)(void *), void *argument, void *private_data);
struct thread *thread_current(void);
const char *thread_name(const struct thread *t);
uint32_t thread_id(const struct thread *t);
_Noreturn void thread_exit(void);
/// Lets all others that can run go first.
void thread_yield(void);
/// For long work, which nothing preempts in the kernel: lets others go first if it is their turn. True if the thread
/// has been interrupted, and should come to an end.
bool thread_pause(void);
/// How often the processor has gone from one thread to another.
uint64_t sched_switches(void);
/// How long the thread has had the processor, in nanoseconds.
uint64_t thread_run_ns(const struct thread *t);
/// What a thread does, and how often it has given the processor away and lost it.
struct thread_activity {
    bool sleeps;
    uint64_t slept, preempted;
};
struct thread_activity thread_activity(const struct thread *t);
/// Makes the thread's present or next interruptible sleep return -EINTR, until thread_clear_interrupt.
void thread_interrupt(struct thread *t);
void thread_clear_interrupt(struct thread *t);
bool thread_is_interrupted(const struct thread *t);
/// Pointer that belongs to the layer above (the program's thread state).
void thread_set_private(struct thread *t, void *private_data);
void *thread_private(const struct thread *t);
