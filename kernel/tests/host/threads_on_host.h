// Kernel threads and the clock on the host, for what sleeps and wakes: task/wait.c, mutex.c and timer.c are the
// kernel's own over them. One thread runs at a time, and hands over only where the kernel would. Time stops as
// long as anybody can run; when all sleep it jumps to the next alarm. If there is none either, nobody would ever wake:
// the test ends there.
#pragma once

#include <stdbool.h>
#include <stdint.h>

/// Lets all other threads run until each sleeps or has ended. No time passes.
void host_settle(void);
/// Lets time pass: alarms go off at their moments, and those they wake run.
void host_pass(uint64_t ns);
/// Moves the clock on without anybody noticing: for who waits by looking at it.
void host_tick(uint64_t ns);
/// Sleeps until all threads that were created have ended.
void host_join(void);

/// A machine around them: `unmasked` is called wherever interrupts come on, and `idle` where all threads sleep; it says
/// whether it has done anything.
void host_machine(void (*unmasked)(void), bool (*idle)(void));
/// Runs an interrupt's handler, with interrupts masked. False if they are already.
bool host_interrupt(void (*handler)(void *argument), void *argument);
