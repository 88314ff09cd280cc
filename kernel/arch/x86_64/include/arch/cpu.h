// The processor as the rest of the kernel sees it: interrupts, traps, entry into the program.
#pragma once

#include "arch/frame.h"
#include <stdbool.h>
#include <stdint.h>

/// How memory was touched when a page fault came.
enum { FAULT_READ = 1, FAULT_WRITE = 2, FAULT_EXEC = 4 };

/// What the architecture calls when the program, or a copy to or from its memory, needs the kernel.
/// All run on the current thread's kernel stack with interrupts on.
struct program_hooks {
    /// A system call: frame_syscall_number, frame_syscall_arg; the result by frame_set_result.
    void (*syscall)(struct trap_frame *frame);
    /// A page fault at a user address, from user mode or from a user copy. True: resolved, try again.
    bool (*page_fault)(struct trap_frame *frame, uint64_t address, unsigned access);
    /// An exception in user mode that is not a resolved page fault (`address`: of a page fault, else 0).
    void (*exception)(struct trap_frame *frame, unsigned vector, uint64_t address);
    /// Before every return to user mode: signals are delivered here.
    void (*before_user)(struct trap_frame *frame);
};

void arch_set_program_hooks(const struct program_hooks *hooks);

/// Leaves the kernel for the first time on the current thread: all registers zero but those of the place and the stack.
_Noreturn void arch_enter_user(uint64_t place, uint64_t stack);

/// The same with all registers as in `frame` (its segments and flags are checked): a clone's first steps.
_Noreturn void arch_enter_user_frame(const struct trap_frame *frame);

/// Thread-local base registers of the current thread (arch_prctl).
void arch_set_fs_base(uint64_t base);
uint64_t arch_fs_base(void);
void arch_set_gs_base(uint64_t base);
uint64_t arch_gs_base(void);

/// Whether `address` is a canonical user address.
static inline bool is_user_address(uint64_t address) { return address < 0x0000800000000000ull; }

/// Masks interrupts on this processor; returns whether they were on. Nests.
bool interrupts_disable(void);
void interrupts_restore(bool were_on);

/// AT_HWCAP (CPUID 1 edx) and AT_HWCAP2 as Linux gives them.
uint64_t cpu_hwcap(void);
uint64_t cpu_hwcap2(void);
/// The size of the XSAVE area, for AT_MINSIGSTKSZ.
uint64_t cpu_xsave_size(void);
