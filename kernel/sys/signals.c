// Signals: what the program wants done with them, which it blocks, and waiting for them.

#include "arch/cpu.h"
#include "lib/errno.h"
#include "sys/calls.h"
#include "proc/process.h"
#include "sched/wait.h"

enum { SET_SIZE = 8 };
enum { BLOCK, UNBLOCK, SET };

long sys_rt_sigaction(const struct syscall *c) {
    struct signal_action action, old;
    uint64_t number = (uint32_t)c->arg[0];
    if (c->arg[3] != SET_SIZE || number < 1 || number > SIGNAL_LAST) return -EINVAL;
    if (c->arg[1] && (number == SIGNAL_KILL || number == SIGNAL_STOP)) return -EINVAL;
    if (c->arg[1] && copy_from_user(&action, c->arg[1], sizeof action) != 0) return -EFAULT;
    old = process.actions[number];
    if (c->arg[1]) {
        action.mask &= ~SIGNALS_UNSTOPPABLE;
        process.actions[number] = action;
        signal_forget_ignored((int)number);
    }
    return c->arg[2] ? copy_to_user(c->arg[2], &old, sizeof old) : 0;
}

long sys_rt_sigprocmask(const struct syscall *c) {
    uint64_t set, old = task_current()->blocked;
    int result = c->arg[3] == SET_SIZE ? 0 : -EINVAL;
    if (result == 0 && c->arg[1]) {
        result = signal_set_from_user(c->arg[1], c->arg[3], &set);
        if (result != 0) return result;
        switch ((int32_t)c->arg[0]) {
        case BLOCK: signal_set_blocked(old | set); break;
        case UNBLOCK: signal_set_blocked(old & ~set); break;
        case SET: signal_set_blocked(set); break;
        default: return -EINVAL;
        }
    }
    if (result != 0 || !c->arg[2]) return result;
    return copy_to_user(c->arg[2], &old, sizeof old);
}

long sys_rt_sigpending(const struct syscall *c) {
    uint64_t pending = signal_pending();
    return c->arg[1] <= SET_SIZE ? copy_to_user(c->arg[0], &pending, c->arg[1]) : -EINVAL;
}

long sys_sigaltstack(const struct syscall *c) {
    struct signal_stack stack, old = signal_get_stack(frame_stack(c->frame));
    if (c->arg[0]) {
        if (copy_from_user(&stack, c->arg[0], sizeof stack) != 0) return -EFAULT;
        int result = signal_set_stack(&stack, frame_stack(c->frame));
        if (result != 0) return result;
    }
    return c->arg[1] ? copy_to_user(c->arg[1], &old, sizeof old) : 0;
}

long sys_rt_sigreturn(const struct syscall *c) { return signal_return(c->frame); }

/// Sleeps until a signal is delivered.
static long sleep_until_signal(void) {
    long result;
    do {
        result = sleep_until(WAIT_FOREVER);
    } while (result == 0);
    return not_restarted(result);
}

long sys_pause(const struct syscall *c) {
    (void)c;
    return sleep_until_signal();
}

long sys_rt_sigsuspend(const struct syscall *c) {
    uint64_t blocked;
    int result = signal_set_from_user(c->arg[0], c->arg[1], &blocked);
    if (result != 0) return result;
    signal_block_for_call(blocked);
    return sleep_until_signal();
}

long sys_rt_sigtimedwait(const struct syscall *c) {
    struct signal_info info;
    uint64_t wanted, ns, deadline = WAIT_FOREVER;
    int result = signal_set_from_user(c->arg[0], c->arg[3], &wanted);
    if (result == 0 && c->arg[2]) {
        result = time_from_user(c->arg[2], &ns);
        if (result == 0) deadline = call_deadline(ns);
    }
    if (result != 0) return result;
    long waited = signal_wait(wanted, deadline, &info);
    if (waited != 0) return not_restarted(waited);
    if (c->arg[1]) {
        uint8_t whole[SIGNAL_INFO_BYTES];
        signal_info_spread(&info, whole);
        if (copy_to_user(c->arg[1], whole, sizeof whole) != 0) return -EFAULT;
    }
    return info.number;
}
