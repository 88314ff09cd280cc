// Futexes for a program of one thread: nobody else can wake it, so a wait ends with its time, and a wake finds nobody.

#include "dev/clock.h"
#include "lib/errno.h"
#include "sys/calls.h"
#include "task/wait.h"

enum { WAIT, WAKE, WAIT_BITSET = 9, WAKE_BITSET = 10, PRIVATE = 128, CLOCK_IS_REALTIME = 256, COMMAND = 127 };

/// Until when a wait goes: relative for WAIT, absolute for WAIT_BITSET.
static int deadline_of(const struct syscall *c, uint64_t *deadline) {
    uint64_t ns, now;
    *deadline = WAIT_FOREVER;
    if (!c->arg[3]) return 0;
    int result = time_from_user(c->arg[3], &ns);
    if (result != 0) return result;
    bool relative = (c->arg[1] & COMMAND) == WAIT;
    if (!relative && (c->arg[1] & CLOCK_IS_REALTIME)) {
        now = clock_realtime_ns();
        ns = ns > now ? ns - now : 0;
        relative = true;
    }
    if (!relative) *deadline = ns;
    else if (__builtin_add_overflow(clock_ns(), ns, deadline)) *deadline = WAIT_FOREVER;
    return 0;
}

long sys_futex(const struct syscall *c) {
    uint32_t value;
    uint64_t deadline;
    if (c->arg[0] % sizeof value != 0) return -EINVAL;
    switch (c->arg[1] & COMMAND) {
    case WAIT:
    case WAIT_BITSET: {
        int result = deadline_of(c, &deadline);
        if (result != 0) return result;
        if (copy_from_user(&value, c->arg[0], sizeof value) != 0) return -EFAULT;
        if (value != (uint32_t)c->arg[2]) return -EAGAIN;
        long slept = sleep_until(deadline);
        return slept == 0 ? -ETIMEDOUT : slept;
    }
    case WAKE:
    case WAKE_BITSET:
        return 0;
    default:
        return -ENOSYS;
    }
}
