// Futexes: sleeping on a word of the program's memory until somebody says that it has changed.
//
// The kernel is not preempted, so a waiter that is in the table before it looks at the word misses no wake-up; it needs
// no lock for that.
#pragma once

#include "arch/user.h"
#include <stdbool.h>

enum { FUTEX_ANY = 0xffffffff };

/// Until when a wait goes: on the scale of clock_ns(), or a date, which is followed when it is set. WAIT_FOREVER: no
/// limit.
struct futex_limit {
    uint64_t ns;
    bool is_date;
};

void futex_init(void);
/// Sleeps if the word at `at` is `expected`. `shared`: it may be mapped at several addresses.
/// 0 when woken, -EAGAIN if it is something else, -ETIMEDOUT, -EINTR, -EFAULT.
long futex_wait(user_ptr_t at, bool shared, uint32_t expected, uint32_t bits, struct futex_limit limit);
/// Wakes up to `most` waiters whose bits meet `bits`. How many.
long futex_wake(user_ptr_t at, bool shared, uint64_t most, uint32_t bits);
/// Wakes up to `most` waiters and makes up to `most_moved` further ones wait at `to`. How many that are together.
long futex_requeue(user_ptr_t from, user_ptr_t to, bool shared, uint64_t most, uint64_t most_moved);
/// Changes the word at `second` as `operation` says (FUTEX_WAKE_OP), wakes waiters of `first`, and where the old word
/// compared as it says also those of `second`. How many. -EFAULT, -ENOSYS for an operation that does not exist.
long futex_wake_after(user_ptr_t first, user_ptr_t second, bool shared, uint64_t most, uint64_t most_second,
                      uint32_t operation);
/// A lock whose word is its owner's id: taken, and waited for. 0, -EDEADLK if it is the caller's already, -ESRCH if its
/// owner is no thread, -ETIMEDOUT, -EINTR, -EFAULT.
long futex_lock(user_ptr_t at, bool shared, struct futex_limit limit);
/// The same without waiting: -EAGAIN.
long futex_try_lock(user_ptr_t at);
/// Gives it back. 0, -EPERM if it is not the caller's, -EFAULT.
long futex_unlock(user_ptr_t at, bool shared);
/// A thread ends: the locks in its list (struct robust_list_head) that it still holds are marked, and one waiter each
/// is woken.
void futex_release_robust(user_ptr_t head, uint32_t id);
