// The system call futex: its operations and their limits in time.

#include "proc/futex.h"
#include "arch/cpu.h"
#include "lib/errno.h"
#include "sys/calls.h"
#include "sched/wait.h"

enum {
    WAIT,
    WAKE,
    REQUEUE = 3,
    COMPARE_REQUEUE,
    WAKE_OP,
    LOCK_PI,
    UNLOCK_PI,
    TRYLOCK_PI,
    WAIT_BITSET,
    WAKE_BITSET,
    WAIT_REQUEUE_PI = 11,
    LOCK_PI2 = 13,
    PRIVATE = 128,
    BY_REALTIME = 256,
    COMMAND = 127,
};

/// Until when a wait goes: a time from now for WAIT, a moment for WAIT_BITSET.
static int deadline_of(const struct syscall *c, struct futex_limit *limit) {
    uint64_t ns;
    *limit = (struct futex_limit){.ns = WAIT_FOREVER};
    if (!c->arg[3]) return 0;
    int result = time_from_user(c->arg[3], &ns);
    if (result != 0) return result;
    if ((c->arg[1] & COMMAND) == WAIT) {
        limit->ns = call_deadline(ns);
    } else {
        bool is_date = (c->arg[1] & BY_REALTIME) || (c->arg[1] & COMMAND) == LOCK_PI;
        *limit = (struct futex_limit){ns, is_date};
    }
    return 0;
}

static long wait(const struct syscall *c, bool shared, uint32_t bits) {
    struct futex_limit limit;
    int result = deadline_of(c, &limit);
    if (result != 0) return result;
    if (bits == 0) return -EINVAL;
    long slept = futex_wait(c->arg[0], shared, (uint32_t)c->arg[2], bits, limit);
    return c->arg[3] ? not_restarted(slept) : slept;
}

static long lock(const struct syscall *c, bool shared) {
    struct futex_limit limit;
    int result = deadline_of(c, &limit);
    return result == 0 ? futex_lock(c->arg[0], shared, limit) : result;
}

/// A count from the program: negative ones mean none, for the operations that take two.
static uint64_t count_of(uint64_t argument) { return (int32_t)argument > 0 ? (uint64_t)(int32_t)argument : 0; }

/// Memory that is shared is told apart by what is mapped there: so something must be.
static bool is_mapped(user_ptr_t at, bool shared) {
    uint32_t value;
    return !shared || copy_from_user(&value, at, sizeof value) == 0;
}

static long requeue(const struct syscall *c, bool shared) {
    uint32_t value;
    if (c->arg[4] % sizeof value == 0 && !is_mapped(c->arg[4], shared)) return -EFAULT;
    if (c->arg[4] % sizeof value != 0 || (int32_t)c->arg[2] < 0 || (int32_t)c->arg[3] < 0) return -EINVAL;
    if ((c->arg[1] & COMMAND) == COMPARE_REQUEUE) {
        if (copy_from_user(&value, c->arg[0], sizeof value) != 0) return -EFAULT;
        if (value != (uint32_t)c->arg[5]) return -EAGAIN;
    }
    return futex_requeue(c->arg[0], c->arg[4], shared, count_of(c->arg[2]), count_of(c->arg[3]));
}

static bool is_user_word(user_ptr_t at) { return at % sizeof(uint32_t) == 0 && is_user_address(at); }

long sys_futex(const struct syscall *c) {
    bool shared = !(c->arg[1] & PRIVATE);
    uint64_t most = count_of(c->arg[2]);
    if (!is_user_word(c->arg[0])) return c->arg[0] % sizeof(uint32_t) ? -EINVAL : -EFAULT;
    uint32_t command = c->arg[1] & COMMAND;
    if ((c->arg[1] & BY_REALTIME) && command != WAIT_BITSET && command != WAIT_REQUEUE_PI && command != LOCK_PI2)
        return -ENOSYS;
    if ((command == WAKE || command == WAKE_BITSET || command == REQUEUE) && !is_mapped(c->arg[0], shared))
        return -EFAULT;
    switch (command) {
    case WAIT: return wait(c, shared, FUTEX_ANY);
    case WAIT_BITSET: return wait(c, shared, (uint32_t)c->arg[5]);
    case WAKE:
        // As on Linux, which wakes one even when asked for none.
        return futex_wake(c->arg[0], shared, most ? most : 1, FUTEX_ANY);
    case WAKE_BITSET:
        return (uint32_t)c->arg[5] ? futex_wake(c->arg[0], shared, most ? most : 1, (uint32_t)c->arg[5]) : -EINVAL;
    case REQUEUE:
    case COMPARE_REQUEUE: return requeue(c, shared);
    case LOCK_PI:
    case LOCK_PI2: return lock(c, shared);
    case UNLOCK_PI: return futex_unlock(c->arg[0], shared);
    case TRYLOCK_PI: return futex_try_lock(c->arg[0]);
    case WAKE_OP:
        if (!is_user_word(c->arg[4])) return c->arg[4] % sizeof(uint32_t) ? -EINVAL : -EFAULT;
        return futex_wake_after(c->arg[0], c->arg[4], shared, most ? most : 1,
                                count_of(c->arg[3]) ? count_of(c->arg[3]) : 1, (uint32_t)c->arg[5]);
    default: return -ENOSYS;
    }
}
