// Signals: what the program wants done with them, and sending them to itself.

#include "lib/errno.h"
#include "lib/format.h"
#include "sys/calls.h"
#include "task/process.h"

enum { SET_SIZE = 8, ALTERNATE_LEAST = 2048, DISABLE = 2 };
enum { BLOCK, UNBLOCK, SET };

static bool is_signal(uint64_t number) { return number >= 1 && number <= SIGNAL_LAST; }

/// SIGKILL and SIGSTOP can't be blocked.
static const uint64_t unblockable = 1ull << (SIGNAL_KILL - 1) | 1ull << (SIGNAL_STOP - 1);

long sys_rt_sigaction(const struct syscall *c) {
    struct signal_action action;
    uint64_t number = (uint32_t)c->arg[0];
    if (c->arg[3] != SET_SIZE || !is_signal(number)) return -EINVAL;
    if (c->arg[1] && (number == SIGNAL_KILL || number == SIGNAL_STOP)) return -EINVAL;
    if (c->arg[1] && copy_from_user(&action, c->arg[1], sizeof action) != 0) return -EFAULT;
    if (c->arg[2] && copy_to_user(c->arg[2], &process.actions[number], sizeof action) != 0) return -EFAULT;
    if (c->arg[1]) process.actions[number] = action;
    return 0;
}

long sys_rt_sigprocmask(const struct syscall *c) {
    struct task *task = task_current();
    uint64_t set, old = task->blocked;
    if (c->arg[3] != SET_SIZE) return -EINVAL;
    if (c->arg[1]) {
        if (copy_from_user(&set, c->arg[1], sizeof set) != 0) return -EFAULT;
        set &= ~unblockable;
        switch ((int32_t)c->arg[0]) {
        case BLOCK:
            task->blocked |= set;
            break;
        case UNBLOCK:
            task->blocked &= ~set;
            break;
        case SET:
            task->blocked = set;
            break;
        default:
            return -EINVAL;
        }
    }
    return c->arg[2] ? copy_to_user(c->arg[2], &old, sizeof old) : 0;
}

long sys_rt_sigpending(const struct syscall *c) {
    static const uint64_t none;
    return c->arg[1] == SET_SIZE ? copy_to_user(c->arg[0], &none, sizeof none) : -EINVAL;
}

long sys_sigaltstack(const struct syscall *c) {
    struct task *task = task_current();
    struct signal_stack stack, old = task->alternate;
    if (c->arg[0]) {
        if (copy_from_user(&stack, c->arg[0], sizeof stack) != 0) return -EFAULT;
        if (!(stack.flags & DISABLE) && stack.size < ALTERNATE_LEAST) return -ENOMEM;
        task->alternate = stack.flags & DISABLE ? (struct signal_stack){.flags = DISABLE} : stack;
    }
    return c->arg[1] ? copy_to_user(c->arg[1], &old, sizeof old) : 0;
}

/// The program sends itself a signal. Number 0 only asks whether the receiver is there.
static long send_to_self(uint64_t number) {
    char reason[48];
    if (number == 0) return 0;
    if (!is_signal(number)) return -EINVAL;
    format_text(reason, sizeof reason, "it sent itself %s", signal_name((int)number));
    signal_send((int)number, number == SIGNAL_ABRT ? "it aborted" : reason);
    return 0;
}

long sys_kill(const struct syscall *c) {
    int32_t to = (int32_t)c->arg[0];
    bool to_self = to == PROCESS_ID || to == 0 || to == -1 || to == -PROCESS_ID;
    return to_self ? send_to_self((uint32_t)c->arg[1]) : -ESRCH;
}

long sys_tkill(const struct syscall *c) {
    return (uint32_t)c->arg[0] == task_current()->id ? send_to_self((uint32_t)c->arg[1]) : -ESRCH;
}

long sys_tgkill(const struct syscall *c) {
    if ((int32_t)c->arg[0] != PROCESS_ID || (uint32_t)c->arg[1] != task_current()->id) return -ESRCH;
    return send_to_self((uint32_t)c->arg[2]);
}

/// There are no children to wait for.
long sys_wait4(const struct syscall *c) {
    (void)c;
    return -ECHILD;
}
