// Threads: beginning and ending them. A clone that is not a thread is a fork, which there is not.

#include "arch/cpu.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "sys/calls.h"
#include "proc/outcome.h"
#include "proc/process.h"

enum clone_flags {
    CLONE_VM = 0x100,
    CLONE_SIGHAND = 0x800,
    CLONE_VFORK = 0x4000,
    CLONE_THREAD = 0x10000,
    CLONE_SETTLS = 0x80000,
    CLONE_PARENT_SETTID = 0x100000,
    CLONE_CHILD_CLEARTID = 0x200000,
    CLONE_CHILD_SETTID = 0x1000000,
};

/// As struct clone_args, as far as it concerns threads (its first published size).
struct clone_arguments {
    uint64_t flags, pidfd, child_id, parent_id, exit_signal, stack, stack_size, tls;
};

static long begin_thread(const struct syscall *c, const struct clone_arguments *a) {
    const uint64_t needed = CLONE_VM | CLONE_SIGHAND;
    if ((a->flags & needed) != needed) return -EINVAL;
    if ((a->flags & CLONE_SETTLS) && !is_user_address(a->tls)) return -EPERM;
    struct task *task = task_prepare();
    if (!task) return -EAGAIN;
    uint32_t id = task->id;
    task->start = *c->frame;
    frame_set_result(&task->start, 0);
    if (a->stack) frame_set_stack(&task->start, a->stack + a->stack_size);
    task->has_start_fs_base = a->flags & CLONE_SETTLS;
    task->start_fs_base = a->tls;
    if (a->flags & CLONE_CHILD_CLEARTID) task->clear_id = a->child_id;
    long result = 0;
    if (a->flags & CLONE_PARENT_SETTID) result = copy_to_user(a->parent_id, &id, sizeof id);
    if (result == 0 && (a->flags & CLONE_CHILD_SETTID)) result = copy_to_user(a->child_id, &id, sizeof id);
    if (result == 0 && task_start(task) != 0) result = -EAGAIN;
    if (result == 0) return id;
    task_discard(task);
    return result;
}

long sys_clone(const struct syscall *c) {
    const struct clone_arguments a = {
        .flags = c->arg[0], .stack = c->arg[1], .parent_id = c->arg[2], .child_id = c->arg[3], .tls = c->arg[4]};
    if (a.flags & CLONE_THREAD) return begin_thread(c, &a);
    return a.flags & CLONE_VFORK ? sys_vfork(c) : sys_fork(c);
}

/// What lies behind the part of a structure that is known must be zero: else it asks for what is not there. 0, -E2BIG.
static long check_rest(user_ptr_t from, uint64_t known, uint64_t size) {
    for (uint64_t i = known; i < size; i++) {
        uint8_t byte;
        if (copy_from_user(&byte, from + i, 1) != 0) return -EFAULT;
        if (byte != 0) return -E2BIG;
    }
    return 0;
}

long sys_clone3(const struct syscall *c) {
    enum { SIZE_MOST = 4096 };
    struct clone_arguments a;
    if (c->arg[1] < sizeof a) return -EINVAL;
    if (c->arg[1] > SIZE_MOST) return -E2BIG;
    if (copy_from_user(&a, c->arg[0], sizeof a) != 0) return -EFAULT;
    // A C library that gets ENOSYS asks again with clone, which says what it refuses.
    if (!(a.flags & CLONE_THREAD)) return -ENOSYS;
    if (a.exit_signal != 0 || (a.stack == 0) != (a.stack_size == 0)) return -EINVAL;
    long result = check_rest(c->arg[0], sizeof a, c->arg[1]);
    return result == 0 ? begin_thread(c, &a) : result;
}

long sys_exit(const struct syscall *c) { task_exit((uint8_t)c->arg[0]); }

long sys_set_tid_address(const struct syscall *c) {
    task_current()->clear_id = c->arg[0];
    return task_current()->id;
}

enum { ROBUST_HEAD_SIZE = 24 };

long sys_set_robust_list(const struct syscall *c) {
    if (c->arg[1] != ROBUST_HEAD_SIZE) return -EINVAL;
    task_current()->robust_list = c->arg[0];
    return 0;
}

long sys_get_robust_list(const struct syscall *c) {
    static const uint64_t size = ROBUST_HEAD_SIZE;
    const struct task *task = c->arg[0] ? task_find((uint32_t)c->arg[0]) : task_current();
    if (!task) return -ESRCH;
    uint64_t head = task->robust_list;
    if (copy_to_user(c->arg[2], &size, sizeof size) != 0) return -EFAULT;
    return copy_to_user(c->arg[1], &head, sizeof head);
}

/// membarrier: on one processor every thread has seen what the others did before they were switched away from.
long sys_membarrier(const struct syscall *c) {
    enum { QUERY = 0, GLOBAL = 1, PRIVATE_EXPEDITED = 8, REGISTER_PRIVATE_EXPEDITED = 16 };
    switch ((int32_t)c->arg[0]) {
    case QUERY: return GLOBAL | PRIVATE_EXPEDITED | REGISTER_PRIVATE_EXPEDITED;
    case GLOBAL:
    case PRIVATE_EXPEDITED:
    case REGISTER_PRIVATE_EXPEDITED: return 0;
    default: return -EINVAL;
    }
}
