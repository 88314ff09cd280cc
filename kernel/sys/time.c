// Time: clocks and sleeping.

#include "dev/clock.h"
#include "lib/errno.h"
#include "sys/calls.h"
#include "task/process.h"
#include "task/wait.h"

#define NS 1000000000ull

enum {
    CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS, CLOCK_THREAD, CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE,
    CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME, CLOCK_REALTIME_ALARM, CLOCK_BOOTTIME_ALARM, CLOCK_TAI = 11,
};
enum { TIMER_ABSOLUTE = 1, TICKS_A_SECOND = 100 };

/// Reads a clock of the program's. False for one that is not there.
static bool read_clock(uint64_t id, uint64_t *ns) {
    switch ((int32_t)id) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_REALTIME_ALARM:
    case CLOCK_TAI:
        *ns = clock_realtime_ns();
        return true;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
    case CLOCK_BOOTTIME_ALARM:
        *ns = clock_ns();
        return true;
    case CLOCK_PROCESS:
    case CLOCK_THREAD:
        // One program with one thread: it has had the processor since it began.
        *ns = clock_ns() - process.started_ns;
        return true;
    default:
        return false;
    }
}

long sys_clock_gettime(const struct syscall *c) {
    uint64_t ns;
    if (!read_clock(c->arg[0], &ns)) return -EINVAL;
    struct time_value t = time_value_of(ns);
    return copy_to_user(c->arg[1], &t, sizeof t);
}

long sys_clock_getres(const struct syscall *c) {
    uint64_t ns;
    struct time_value one = {0, 1};
    if (!read_clock(c->arg[0], &ns)) return -EINVAL;
    return c->arg[1] ? copy_to_user(c->arg[1], &one, sizeof one) : 0;
}

long sys_gettimeofday(const struct syscall *c) {
    uint64_t ns = clock_realtime_ns();
    int64_t now[2] = {(int64_t)(ns / NS), (int64_t)(ns % NS / 1000)};
    static const int32_t zone[2];
    if (c->arg[0] && copy_to_user(c->arg[0], now, sizeof now) != 0) return -EFAULT;
    return c->arg[1] ? copy_to_user(c->arg[1], zone, sizeof zone) : 0;
}

long sys_time(const struct syscall *c) {
    int64_t now = (int64_t)(clock_realtime_ns() / NS);
    if (c->arg[0] && copy_to_user(c->arg[0], &now, sizeof now) != 0) return -EFAULT;
    return now;
}

/// Sleeps until the clock `id` shows `until`; what is left goes to `rest` if the sleep is cut short.
static long sleep_to(uint64_t id, uint64_t until, user_ptr_t rest) {
    uint64_t shown, now = clock_ns();
    read_clock(id, &shown);
    if (until <= shown) return 0;
    uint64_t deadline = until - shown > UINT64_MAX - 1 - now ? WAIT_FOREVER - 1 : now + (until - shown);
    long result = sleep_until(deadline);
    if (result == -EINTR && rest) {
        now = clock_ns();
        struct time_value left = time_value_of(deadline > now ? deadline - now : 0);
        if (copy_to_user(rest, &left, sizeof left) != 0) return -EFAULT;
    }
    return result;
}

static long sleep_for(uint64_t id, uint64_t ns, user_ptr_t rest) {
    uint64_t now, until;
    read_clock(id, &now);
    if (__builtin_add_overflow(now, ns, &until)) until = UINT64_MAX;
    return sleep_to(id, until, rest);
}

long sys_nanosleep(const struct syscall *c) {
    uint64_t ns;
    int result = time_from_user(c->arg[0], &ns);
    return result != 0 ? result : sleep_for(CLOCK_MONOTONIC, ns, c->arg[1]);
}

long sys_clock_nanosleep(const struct syscall *c) {
    uint64_t ns, now;
    if (!read_clock(c->arg[0], &now) || (int32_t)c->arg[0] == CLOCK_THREAD) return -EINVAL;
    int result = time_from_user(c->arg[2], &ns);
    if (result != 0) return result;
    return c->arg[1] & TIMER_ABSOLUTE ? sleep_to(c->arg[0], ns, 0) : sleep_for(c->arg[0], ns, c->arg[3]);
}

long sys_times(const struct syscall *c) {
    int64_t ticks = (int64_t)((clock_ns() - process.started_ns) / (NS / TICKS_A_SECOND));
    int64_t t[4] = {ticks, 0, 0, 0};
    if (c->arg[0] && copy_to_user(c->arg[0], t, sizeof t) != 0) return -EFAULT;
    return (long)(clock_ns() / (NS / TICKS_A_SECOND));
}
