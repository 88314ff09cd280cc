// Futexes that say who owns them (FUTEX_LOCK_PI): the word holds the owner's id. There are no priorities to inherit, so
// a lock is given back free, and the woken thread tries to take it like anybody else.

#include "proc/futex.h"

#include "lib/errno.h"
#include "proc/futex_word.h"
#include "proc/process.h"
#include "sched/wait.h"

/// Changes the word from `value`. 1 if that is done, 0 if it was something else by now, -EFAULT.
static long change(user_ptr_t at, uint32_t value, uint32_t to) {
    uint32_t found;
    if (user_exchange(at, value, to, &found) != 0) return -EFAULT;
    return found == value;
}

/// One attempt: 1 when it is the caller's, 0 when it has to be waited for (`*value` says what the word is), or an
/// errno.
static long take(user_ptr_t at, uint32_t id, uint32_t *value) {
    for (;;) {
        if (copy_from_user(value, at, sizeof *value) != 0) return -EFAULT;
        uint32_t owner = *value & FUTEX_OWNER, marks = *value & FUTEX_OWNER_DIED;
        long changed;
        if (owner == id) return -EDEADLK;
        if (owner == 0) {
            // Others may wait still, so the owner asks the kernel when it gives it back.
            changed = change(at, *value, id | marks | FUTEX_HAS_WAITERS);
            if (changed != 0) return changed;
            continue;
        }
        if (!task_find(owner)) return -ESRCH;
        if (*value & FUTEX_HAS_WAITERS) return 0;
        changed = change(at, *value, *value | FUTEX_HAS_WAITERS);
        if (changed < 0) return changed;
    }
}

long futex_lock(user_ptr_t at, bool shared, struct futex_limit limit) {
    uint32_t value;
    for (;;) {
        long result = take(at, task_current()->id, &value);
        if (result != 0) return result < 0 ? result : 0;
        result = futex_wait(at, shared, value, FUTEX_ANY, limit);
        if (result != 0 && result != -EAGAIN) return result;
    }
}

long futex_try_lock(user_ptr_t at) {
    uint32_t value;
    if (copy_from_user(&value, at, sizeof value) != 0) return -EFAULT;
    uint32_t owner = value & FUTEX_OWNER;
    if (owner == task_current()->id) return -EDEADLK;
    if (owner != 0) return task_find(owner) ? -EAGAIN : -ESRCH;
    long taken = take(at, task_current()->id, &value);
    return taken == 1 ? 0 : taken < 0 ? taken : -EAGAIN;
}

long futex_unlock(user_ptr_t at, bool shared) {
    uint32_t value;
    long changed = 0;
    while (changed == 0) {
        if (copy_from_user(&value, at, sizeof value) != 0) return -EFAULT;
        if ((value & FUTEX_OWNER) != task_current()->id) return -EPERM;
        changed = change(at, value, 0);
    }
    if (changed < 0) return changed;
    futex_wake(at, shared, 1, FUTEX_ANY);
    return 0;
}
