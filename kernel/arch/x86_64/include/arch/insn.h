// Single instructions that C has no words for and every processor has.
#pragma once

static inline void cpu_relax(void) { __asm__ volatile("pause" : : : "memory"); }

/// Stops the processor until the next interrupt, which is taken before this returns; interrupts are on afterwards.
static inline void enable_and_halt(void) { __asm__ volatile("sti; hlt" : : : "memory"); }

/// Stops it for good. With interrupts off.
static inline _Noreturn void halt_forever(void) {
    for (;;) {
        __asm__ volatile("hlt");
    }
}

static inline void interrupts_enable(void) { __asm__ volatile("sti" : : : "memory"); }

/// Keeps the compiler from moving memory accesses across; x86 itself keeps stores and loads of one kind in order.
static inline void compiler_barrier(void) { __asm__ volatile("" : : : "memory"); }

/// Also keeps a later load from passing an earlier store. QEMU before 8.1 leaves that out of what it translates for a
/// machine with one processor, fences and locked instructions alike, although its devices run beside the processor.
/// What reads the time stamp counter takes a lock of QEMU's there, and the host's own instruction for that keeps the
/// order.
static inline void memory_barrier(void) {
    __asm__ volatile("lock; addl $0, (%%rsp); rdtsc" : : : "rax", "rdx", "memory", "cc");
}
