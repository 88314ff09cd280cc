// How threads are scheduled: all alike. What a program sets is remembered, within what Linux would allow, and told
// again.

#include "lib/errno.h"
#include "sys/calls.h"
#include "proc/process.h"
#include "sched/thread.h"

enum { OTHER = 0, FIFO = 1, ROUND_ROBIN = 2, BATCH = 3, IDLE = 5, DEADLINE = 6, RESET_ON_FORK = 0x40000000 };

long sys_sched_yield(const struct syscall *c) {
    (void)c;
    thread_yield();
    return 0;
}

static struct task *task_of(uint64_t id) { return (uint32_t)id ? task_find((uint32_t)id) : task_current(); }

/// One processor: bit 0 of the mask. The result is how many bytes were written.
long sys_sched_getaffinity(const struct syscall *c) {
    static const uint64_t mask = 1;
    if (c->arg[1] < sizeof mask || c->arg[1] % sizeof mask != 0) return -EINVAL;
    if (!task_of(c->arg[0])) return -ESRCH;
    return copy_to_user(c->arg[2], &mask, sizeof mask) == 0 ? (long)sizeof mask : -EFAULT;
}

long sys_sched_setaffinity(const struct syscall *c) {
    uint8_t first = 0;
    if ((uint32_t)c->arg[1] > 0 && copy_from_user(&first, c->arg[2], 1) != 0) return -EFAULT;
    if (!task_of(c->arg[0])) return -ESRCH;
    // Some processor must be left.
    return first & 1 ? 0 : -EINVAL;
}

static bool has_priorities(int32_t policy) { return policy == FIFO || policy == ROUND_ROBIN; }

static bool exists(int32_t policy) {
    return policy == OTHER || policy == BATCH || policy == IDLE || policy == DEADLINE || has_priorities(policy);
}

long sys_sched_get_priority_max(const struct syscall *c) {
    int32_t policy = (int32_t)c->arg[0];
    return !exists(policy) ? -EINVAL : has_priorities(policy) ? 99 : 0;
}

long sys_sched_get_priority_min(const struct syscall *c) {
    int32_t policy = (int32_t)c->arg[0];
    return !exists(policy) ? -EINVAL : has_priorities(policy) ? 1 : 0;
}

static long set(struct task *task, int32_t policy, user_ptr_t from) {
    int32_t priority;
    if (!from) return -EINVAL;
    if (copy_from_user(&priority, from, sizeof priority) != 0) return -EFAULT;
    if (!task) return -ESRCH;
    if (policy < 0) policy = task->policy;
    policy &= ~RESET_ON_FORK;
    if (!exists(policy) || policy == DEADLINE) return -EINVAL;
    if (has_priorities(policy) ? priority < 1 || priority > 99 : priority != 0) return -EINVAL;
    task->policy = policy;
    task->priority = priority;
    return 0;
}

long sys_sched_setscheduler(const struct syscall *c) {
    return (int32_t)c->arg[1] < 0 ? -EINVAL : set(task_of(c->arg[0]), (int32_t)c->arg[1], c->arg[2]);
}

long sys_sched_setparam(const struct syscall *c) { return set(task_of(c->arg[0]), -1, c->arg[1]); }

long sys_sched_getscheduler(const struct syscall *c) {
    const struct task *task = task_of(c->arg[0]);
    return task ? task->policy : -ESRCH;
}

long sys_sched_getparam(const struct syscall *c) {
    const struct task *task = task_of(c->arg[0]);
    if (!c->arg[1]) return -EINVAL;
    return task ? copy_to_user(c->arg[1], &task->priority, sizeof task->priority) : -ESRCH;
}

/// A turn, as sched.c gives it.
long sys_sched_rr_get_interval(const struct syscall *c) {
    static const struct time_value turn = {0, 5000000};
    return task_of(c->arg[0]) ? copy_to_user(c->arg[1], &turn, sizeof turn) : -ESRCH;
}

/// The nice value, which is one for all threads. The call itself gives 20 minus it, so that no result is negative.
static int32_t nice_value;

enum { NICE_LEAST = -20, NICE_MOST = 19, BY_USER = 2 };

static long who(const struct syscall *c) {
    int32_t which = (int32_t)c->arg[0];
    if (which < 0 || which > BY_USER) return -EINVAL;
    return which == BY_USER ? ((uint32_t)c->arg[1] == 0 ? 0 : -ESRCH) : task_of(c->arg[1]) ? 0 : -ESRCH;
}

long sys_getpriority(const struct syscall *c) {
    long result = who(c);
    return result == 0 ? 20 - nice_value : result;
}

long sys_setpriority(const struct syscall *c) {
    int32_t value = (int32_t)c->arg[2];
    long result = who(c);
    if (result == 0) nice_value = value < NICE_LEAST ? NICE_LEAST : value > NICE_MOST ? NICE_MOST : value;
    return result;
}
