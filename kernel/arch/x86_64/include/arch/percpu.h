// What belongs to one processor. %gs points at it while the kernel runs.
#pragma once

#include "arch/layout.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct thread;
struct user_state;

struct percpu {
    struct percpu *self;
    /// Top of the current thread's kernel stack: where a system call starts.
    uint64_t kernel_rsp;
    /// Where the system-call entry keeps the program's stack pointer for a few instructions.
    uint64_t user_rsp;
    struct thread *current;
    uint64_t switched_ns; // when it was switched to
    /// The current thread's program state, and the one that is in the registers (FPU, fs and gs base): while kernel
    /// threads run, and when the same thread comes back, nothing is moved. Null: nobody's.
    struct user_state *user_state, *user_state_loaded;
    /// Set when another thread should run; looked at before the return to the program.
    bool need_resched;
    /// How many interrupt handlers are running.
    unsigned interrupt_depth;
};

_Static_assert(offsetof(struct percpu, self) == PERCPU_SELF, "layout.h");
_Static_assert(offsetof(struct percpu, kernel_rsp) == PERCPU_KERNEL_RSP, "layout.h");
_Static_assert(offsetof(struct percpu, user_rsp) == PERCPU_USER_RSP, "layout.h");

/// The one processor there is now.
extern struct percpu boot_cpu;

static inline struct percpu *this_cpu(void) {
    struct percpu *cpu;
    __asm__("mov %%gs:%c1, %0" : "=r"(cpu) : "i"(PERCPU_SELF));
    return cpu;
}
