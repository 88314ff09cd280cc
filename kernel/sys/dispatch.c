// From a trap frame to the function of a system call and back.

#include "arch/cpu.h"
#include "dev/console.h"
#include "lib/errno.h"
#include "mem/reclaim.h"
#include "sys/report.h"
#include "sys/syscall.h"
#include "proc/process.h"
#include <stddef.h>

/// Says once for each call that it is not supported.
static void name_missing(uint64_t number) {
    static uint64_t said[(SYSCALL_COUNT + 63) / 64 + 1];
    const char *name = number < SYSCALL_COUNT ? syscall_table[number].name : NULL;
    // All numbers beyond the table share the last bit.
    uint64_t bit = number < SYSCALL_COUNT ? number : SYSCALL_COUNT;
    if (name && syscall_table[number].optional) return;
    if (said[bit / 64] >> (bit % 64) & 1) return;
    said[bit / 64] |= 1ull << (bit % 64);
    if (name) klog("system call %llu (%s) is not supported", (unsigned long long)number, name);
    else klog("system call %llu does not exist", (unsigned long long)number);
}

/// Notes that a signal has cut the call short: what comes of it is decided when the signal is delivered.
static void note_interruption(struct task *task, const struct syscall *c, long *result) {
    task->call_state = *result == -EINTERRUPTED ? CALL_INTERRUPTED : CALL_RESTARTS;
    task->call_number = c->number;
    *result = -EINTR;
}

void syscall_dispatch_program(struct trap_frame *frame) {
    // One by one: each is one move then.
    struct syscall c = {
        .number = frame_syscall_number(frame),
        .arg = {frame_syscall_arg(frame, 0), frame_syscall_arg(frame, 1), frame_syscall_arg(frame, 2),
                frame_syscall_arg(frame, 3), frame_syscall_arg(frame, 4), frame_syscall_arg(frame, 5)},
        .frame = frame,
    };
    const struct syscall_entry *entry = c.number < SYSCALL_COUNT ? &syscall_table[c.number] : NULL;
    struct task *task = task_current();
    long result = -ENOSYS;
    task->frame = frame;
    if (!task->is_restart) task->call_deadline_ns = 0;
    task->is_restart = false;
    reclaim_spare();
    if (entry && entry->function) result = entry->function(&c);
    else name_missing(c.number);
    // What rt_sigreturn gives is not a result but the interrupted program's register.
    bool interrupted = (result == -EINTR || result == -EINTERRUPTED) && c.number != SYSCALL_RT_SIGRETURN;
    if (interrupted) note_interruption(task, &c, &result);
    else if (task->has_blocked_after) signal_unblock_after_call();
    report_call(c.number, result);
    if (process.settings.trace) syscall_trace(&c, entry, result);
    frame_set_result(frame, (uint64_t)result);
}
