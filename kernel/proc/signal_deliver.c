// Taking signals, and what they do: nothing, a call of the program's handler, or the program's end.

#include "arch/cpu.h"
#include "arch/signal_frame.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"
#include "proc/crash.h"
#include "proc/outcome.h"
#include "proc/process.h"
#include "sched/thread.h"
#include "sched/wait.h"

/// Interrupts the current thread's sleeps exactly while a signal is there that it does not block. Interrupts are off.
static void look_again(const struct task *task) {
    if ((task->pending.pending | process.pending.pending) & ~task->blocked || process.ender)
        thread_interrupt(task->thread);
    else thread_clear_interrupt(task->thread);
}

void signal_set_blocked(uint64_t blocked) {
    struct task *task = task_current();
    bool on = interrupts_disable();
    uint64_t before = task->blocked;
    task->blocked = blocked & ~SIGNALS_UNSTOPPABLE;
    look_again(task);
    // What has come to the program and was this thread's to take is another's now.
    if (process.pending.pending & task->blocked & ~before) signal_pass_on();
    interrupts_restore(on);
}

void signal_block_for_call(uint64_t blocked) {
    struct task *task = task_current();
    task->blocked_after = task->blocked;
    task->has_blocked_after = true;
    signal_set_blocked(blocked);
}

void signal_unblock_after_call(void) {
    struct task *task = task_current();
    if (!task->has_blocked_after) return;
    task->has_blocked_after = false;
    signal_set_blocked(task->blocked_after);
}

bool signal_take(uint64_t wanted, struct signal_info *info) {
    struct task *task = task_current();
    bool on = interrupts_disable();
    bool taken = signal_queue_take(&task->pending, wanted, info) || signal_queue_take(&process.pending, wanted, info);
    look_again(task);
    interrupts_restore(on);
    return taken;
}

long signal_wait(uint64_t wanted, uint64_t deadline_ns, struct signal_info *info) {
    struct task *task = task_current();
    wanted &= ~SIGNALS_UNSTOPPABLE;
    if (signal_take(wanted, info)) return 0;
    // While it waits they count as unblocked, so that a sender wakes this thread.
    task->awaited = task->blocked & wanted;
    signal_set_blocked(task->blocked & ~wanted);
    long result = sleep_until(deadline_ns);
    signal_set_blocked(task->blocked | task->awaited);
    task->awaited = 0;
    if (signal_take(wanted, info)) return 0;
    return result == 0 ? -EAGAIN : result;
}

uint64_t signal_pending(void) {
    const struct task *task = task_current();
    return (task->pending.pending | process.pending.pending) & task->blocked;
}

uint64_t signal_waiting(void) { return task_current()->pending.pending | process.pending.pending; }

bool signal_fault(const struct signal_info *info, uint64_t vector, uint64_t error, uint64_t address) {
    struct task *task = task_current();
    uint64_t handler = process.actions[info->number].handler;
    if (handler == SIGNAL_DEFAULT || handler == SIGNAL_IGNORE) return false;
    if (task->blocked & signal_bit(info->number)) return false;
    task->trap.vector = vector;
    task->trap.error = error;
    task->trap.address = address;
    return signal_queue_to(task, info) == 0;
}

/// Why a signal ends the program, for the record of its end. Null where its name says it all.
static const char *reason_of(const struct signal_info *info, char *to, size_t cap) {
    if (info->code == SIGNAL_BY_KERNEL) {
        switch (info->number) {
        case SIGNAL_TERM: return "the power button";
        case SIGNAL_PIPE: return "it wrote to a pipe that nobody reads";
        case SIGNAL_QUIT: return "the quit character was typed";
        case SIGNAL_INT: return "the interrupt character was typed";
        default: return "its timer has expired";
        }
    }
    if (info->code == SIGNAL_BY_TIMER) return "its timer has expired";
    if (info->code > 0) return NULL;
    if (info->number == SIGNAL_ABRT) return "it aborted";
    format_text(to, cap, "it sent itself %s", signal_name(info->number));
    return to;
}

static _Noreturn void end_by(const struct signal_info *info, const struct trap_frame *frame) {
    char text[48];
    const char *reason = reason_of(info, text, sizeof text);
    task_stop_others();
    if (signal_reports_by_default(info->number)) crash_by_signal(info->number, reason, frame);
    outcome_by_signal(info->number, reason);
}

/// The system call that the signal has interrupted: it restarts, or the program is told.
static void finish_call(struct task *task, struct trap_frame *frame, bool restarts) {
    if (task->call_state == CALL_NONE) return;
    task->call_state = CALL_NONE;
    if (!restarts) return;
    frame_repeat_syscall(frame, task->call_number);
    task->is_restart = true;
}

/// Whether a stack pointer lies in the alternate stack. Never, if that is given up while a handler runs on it.
static bool is_on_stack(const struct signal_stack *stack, uint64_t pointer) {
    if ((uint32_t)stack->flags & (SIGNAL_STACK_AUTO_DISARM | SIGNAL_STACK_DISABLED)) return false;
    return pointer > stack->address && pointer - stack->address <= stack->size;
}

int signal_set_stack(const struct signal_stack *stack, uint64_t pointer) {
    struct task *task = task_current();
    uint32_t mode = (uint32_t)stack->flags & ~SIGNAL_STACK_AUTO_DISARM;
    if (is_on_stack(&task->alternate, pointer)) return -EPERM;
    if (mode != 0 && mode != SIGNAL_STACK_ON && mode != SIGNAL_STACK_DISABLED) return -EINVAL;
    if (mode == SIGNAL_STACK_DISABLED) {
        task->alternate = (struct signal_stack){.flags = stack->flags};
        return 0;
    }
    if (stack->size < SIGNAL_STACK_MINIMUM) return -ENOMEM;
    task->alternate = *stack;
    task->alternate.flags &= (int32_t)SIGNAL_STACK_AUTO_DISARM;
    return 0;
}

struct signal_stack signal_get_stack(uint64_t pointer) {
    struct signal_stack stack = task_current()->alternate;
    if (is_on_stack(&stack, pointer)) stack.flags |= SIGNAL_STACK_ON;
    return stack;
}

/// A handler can't be called, or can't return: SIGSEGV, which ends the program if it can't be called either.
static void fail(int number, const char *reason, const struct trap_frame *frame) {
    const struct signal_info info = {.number = SIGNAL_SEGV, .code = SIGNAL_BY_KERNEL};
    if (number != SIGNAL_SEGV && signal_fault(&info, 0, 0, 0)) return;
    task_stop_others();
    crash_by_signal(SIGNAL_SEGV, reason, frame);
}

static void call_handler(struct task *task, struct trap_frame *frame, const struct signal_info *info) {
    struct signal_action action = process.actions[info->number];
    struct signal_call call = {.number = info->number,
                               .handler = action.handler,
                               .restorer = action.restorer,
                               .mask = task->has_blocked_after ? task->blocked_after : task->blocked,
                               .alternate = task->alternate};
    finish_call(task, frame, task->call_state == CALL_RESTARTS && (action.flags & SIGNAL_SA_RESTART));
    task->is_restart = false; // the next call is the handler's
    signal_info_spread(info, call.info);
    call.trap_vector = task->trap.vector;
    call.trap_error = task->trap.error;
    call.trap_address = task->trap.address;
    bool has_stack = !(task->alternate.flags & SIGNAL_STACK_DISABLED);
    bool is_on = is_on_stack(&task->alternate, frame_stack(frame));
    if (has_stack && (action.flags & SIGNAL_SA_ON_STACK) && !is_on) {
        call.stack_top = task->alternate.address + task->alternate.size;
    }
    // Nested handlers that need more than it has would write over what lies below it.
    if (is_on || call.stack_top) call.stack_end = task->alternate.address;
    if (!(action.flags & SIGNAL_SA_RESTORER) || signal_frame_push(frame, &call) != 0) {
        fail(info->number, "there was no room on its stack to call a signal handler", frame);
        return;
    }
    if ((uint32_t)task->alternate.flags & SIGNAL_STACK_AUTO_DISARM) {
        task->alternate = (struct signal_stack){.flags = SIGNAL_STACK_DISABLED};
    }
    if (action.flags & SIGNAL_SA_RESET) process.actions[info->number].handler = SIGNAL_DEFAULT;
    task->has_blocked_after = false;
    uint64_t itself = action.flags & SIGNAL_SA_NO_DEFER ? 0 : signal_bit(info->number);
    signal_set_blocked(task->blocked | action.mask | itself);
}

void signal_before_user(struct trap_frame *frame) {
    struct thread *thread = thread_current();
    struct task *task = thread_private(thread);
    if (!task || (!thread_is_interrupted(thread) && task->call_state == CALL_NONE)) return;
    struct signal_info info;
    for (;;) {
        if (process.ender) task_stop_others();
        while (signal_take(~task->blocked, &info)) {
            uint64_t handler = process.actions[info.number].handler;
            if (handler == SIGNAL_IGNORE) continue;
            if (handler != SIGNAL_DEFAULT) call_handler(task, frame, &info);
            else if (signal_ends_by_default(info.number)) end_by(&info, frame);
        }
        finish_call(task, frame, true);
        // The mask that was there before the call may let through what the call's own did not.
        if (!task->has_blocked_after) return;
        signal_unblock_after_call();
    }
}

long signal_return(struct trap_frame *frame) {
    struct signal_stack alternate;
    uint64_t mask;
    if (signal_frame_pop(frame, &mask, &alternate) != 0) {
        fail(0, "a signal handler returned to a frame that is not there", frame);
        return (long)frame_result(frame);
    }
    signal_set_blocked(mask);
    // As on Linux: what is wrong with the stack in the frame is not worth a signal of its own.
    (void)signal_set_stack(&alternate, frame_stack(frame));
    return (long)frame_result(frame);
}
