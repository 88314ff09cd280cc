// A thread's part that the processor knows: its kernel stack pointer, and the program's registers that the kernel
// itself does not use (FPU, fs and gs base).
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct user_state {
    void *fpu_block; // as allocated
    void *fpu; // the XSAVE area in it, 64-byte aligned
    uint64_t fs_base, gs_base;
};

/// Prepares a stack so that the first context_switch to the returned pointer calls entry(argument) through
/// thread_start.
void *context_prepare(void *stack_top, void (*entry)(void *), void *argument);

/// Saves where this thread is in *save_stack and goes on where load_stack was saved.
void context_switch(void **save_stack, void *load_stack);

/// Where traps from the program start: the top of the current thread's kernel stack.
void context_set_kernel_stack(uint64_t top);

/// A fresh program's registers, or a copy of the current thread's. False without memory.
bool user_state_init(struct user_state *s, bool copy_current);
void user_state_destroy(struct user_state *s);
/// Makes `s` the current thread's.
void user_state_enter(struct user_state *s);

// Around a signal handler of the current thread. The images are XSAVE's (FXSAVE's on a processor without it), of
// cpu_xsave_size() bytes.

/// The current thread's FPU registers as they are; valid until it sleeps.
const void *user_state_image(void);
/// Makes them those of a fresh program.
void user_state_reset(void);
/// Sets them from an image that may hold anything: what the processor would refuse is made good first.
void user_state_set(const void *image);
