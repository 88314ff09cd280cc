// What happens at a trap, an interrupt or a system call, and before the way back to the program.
#include "arch/trap.h"

#include "arch/context.h"
#include "arch/cpu.h"
#include "arch/x86_64/insn.h"
#include "arch/irq.h"
#include "arch/layout.h"
#include "arch/percpu.h"
#include "arch/x86_64/vectors.h"
#include "lib/string.h"
#include "lib/panic.h"
#include <stddef.h>

_Static_assert(sizeof(struct trap_frame) == TRAP_FRAME_SIZE, "layout.h");

/// Page-fault error code (SDM volume 3, 4.7).
enum { ERROR_WRITE = 1 << 1, ERROR_RESERVED = 1 << 3, ERROR_EXEC = 1 << 4 };
/// Flags that a program may have: CF PF AF ZF SF TF DF OF RF AC ID. IF is always set, IOPL never.
enum { USER_FLAGS = 0x250dd5, FLAG_INTERRUPTS = 0x200, FLAG_ALWAYS = 2 };

extern char user_access_start[], user_access_end[], user_access_failed[];

void trap_dispatch(struct trap_frame *frame);
_Noreturn void trap_fatal(struct trap_frame *frame);
bool syscall_dispatch(struct trap_frame *frame);
_Noreturn void trap_frame_resume(struct trap_frame *frame);

static void no_syscall(struct trap_frame *frame) { panic_trap(frame, 0); }
static bool no_page_fault(struct trap_frame *frame, uint64_t address, unsigned access) {
    (void)frame, (void)address, (void)access;
    return false;
}
static void no_exception(struct trap_frame *frame, unsigned vector, uint64_t address) {
    (void)vector;
    panic_trap(frame, address);
}
static void no_before_user(struct trap_frame *frame) { (void)frame; }
static void no_reschedule(void) {}

static struct program_hooks hooks = {no_syscall, no_page_fault, no_exception, no_before_user};
static void (*reschedule)(void) = no_reschedule;

void arch_set_program_hooks(const struct program_hooks *given) { hooks = *given; }

void trap_set_reschedule(void (*given)(void)) { reschedule = given; }

bool interrupts_disable(void) {
    uint64_t flags;
    __asm__ volatile("pushfq; popq %0; cli" : "=r"(flags) : : "memory");
    return (flags & FLAG_INTERRUPTS) != 0;
}

void interrupts_restore(bool were_on) {
    if (were_on) {
        interrupts_enable();
    }
}

/// Everything that must be done before the program goes on; comes back with interrupts off.
static void leave_to_user(struct trap_frame *frame) {
    struct percpu *cpu = this_cpu();
    for (;;) {
        interrupts_enable();
        if (cpu->need_resched) {
            reschedule();
        }
        hooks.before_user(frame);
        if (!is_user_address(frame->rip)) {
            hooks.exception(frame, VECTOR_GENERAL_PROTECTION, 0);
            continue;
        }
        (void)interrupts_disable();
        if (!cpu->need_resched) {
            break;
        }
    }
    frame->cs = USER_CS;
    frame->ss = USER_DS;
    frame->rflags = (frame->rflags & USER_FLAGS) | FLAG_INTERRUPTS | FLAG_ALWAYS;
}

static void page_fault(struct trap_frame *frame) {
    uint64_t address = read_cr2();
    unsigned access = (frame->error & ERROR_EXEC) != 0    ? FAULT_EXEC
                      : (frame->error & ERROR_WRITE) != 0 ? FAULT_WRITE
                                                          : FAULT_READ;
    bool in_copy = frame->rip >= (uint64_t)user_access_start && frame->rip < (uint64_t)user_access_end;
    bool from_user = trap_from_user(frame);
    if ((frame->error & ERROR_RESERVED) != 0 || (!from_user && !(in_copy && is_user_address(address)))) {
        panic_trap(frame, address);
    }
    interrupts_enable();
    bool resolved = is_user_address(address) && hooks.page_fault(frame, address, access);
    if (!resolved && from_user) {
        hooks.exception(frame, VECTOR_PAGE_FAULT, address);
    } else if (!resolved) {
        frame->rip = (uint64_t)user_access_failed;
    }
    (void)interrupts_disable();
}

void trap_dispatch(struct trap_frame *frame) {
    struct percpu *cpu = this_cpu();
    if (frame->vector >= VECTOR_TIMER) {
        cpu->interrupt_depth++;
        irq_dispatch((unsigned)frame->vector);
        cpu->interrupt_depth--;
    } else if (frame->vector == VECTOR_PAGE_FAULT) {
        page_fault(frame);
    } else if (trap_from_user(frame)) {
        interrupts_enable();
        hooks.exception(frame, (unsigned)frame->vector, 0);
    } else {
        panic_trap(frame, 0);
    }
    if (trap_from_user(frame)) {
        leave_to_user(frame);
    }
}

void trap_fatal(struct trap_frame *frame) { panic_trap(frame, read_cr2()); }

bool syscall_dispatch(struct trap_frame *frame) {
    hooks.syscall(frame);
    leave_to_user(frame);
    // sysret takes rip and flags from rcx and r11; after a signal or an exec they may differ.
    return frame->rcx == frame->rip && frame->r11 == frame->rflags;
}

void arch_enter_user_frame(const struct trap_frame *given) {
    // The very top of the stack, where the frame of a system call would be; context_prepare left it free.
    struct trap_frame *frame = (struct trap_frame *)(this_cpu()->kernel_rsp - sizeof(*frame));
    *frame = *given;
    frame->cs = USER_CS;
    leave_to_user(frame);
    trap_frame_resume(frame);
}

void arch_enter_user(uint64_t place, uint64_t stack) {
    struct trap_frame frame = {.rip = place, .rsp = stack};
    arch_enter_user_frame(&frame);
}

void thread_start_stub(void);

void *context_prepare(void *stack_top, void (*entry)(void *), void *argument) {
    // What context_switch pops: r15 r14 r13 r12 rbx rbp, then the return address.
    uint64_t *rsp = (uint64_t *)((char *)stack_top - sizeof(struct trap_frame)) - 7;
    memset(rsp, 0, 7 * sizeof(*rsp));
    rsp[3] = (uint64_t)argument;
    rsp[4] = (uint64_t)entry;
    rsp[6] = (uint64_t)thread_start_stub;
    return rsp;
}
