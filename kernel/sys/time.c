// Time: reading clocks and sleeping by them.

#include "dev/clock.h"
#include "lib/errno.h"
#include "sys/calls.h"
#include "task/process.h"
#include "task/program_clock.h"
#include "task/thread.h"
#include "task/wait.h"

#define NS 1000000000ull

enum { TIMER_ABSOLUTE = 1, TICKS_A_SECOND = 100 };

long sys_clock_gettime(const struct syscall *c) {
    uint64_t ns;
    if (!program_clock_read((int32_t)c->arg[0], &ns)) return -EINVAL;
    struct time_value t = time_value_of(ns);
    return copy_to_user(c->arg[1], &t, sizeof t);
}

long sys_clock_getres(const struct syscall *c) {
    uint64_t ns;
    struct time_value one = {0, 1};
    if (!program_clock_read((int32_t)c->arg[0], &ns)) return -EINVAL;
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

/// Sleeps for `ns`; what is left goes to `rest` if a signal cuts it short.
static long sleep_for(uint64_t ns, user_ptr_t rest) {
    uint64_t deadline = call_deadline(ns);
    long result = sleep_until(deadline);
    if (result == -EINTR && rest) {
        uint64_t now = clock_ns();
        struct time_value left = time_value_of(deadline > now ? deadline - now : 0);
        if (copy_to_user(rest, &left, sizeof left) != 0) return -EFAULT;
    }
    return not_restarted(result);
}

/// Sleeps until a clock shows `moment`. Processor time passes at most as fast as time does, so it is looked at again.
static long sleep_to(int32_t clock, uint64_t moment) {
    uint64_t shown, deadline;
    while (program_clock_read(clock, &shown) && shown < moment) {
        if (__builtin_add_overflow(clock_ns(), moment - shown, &deadline)) deadline = WAIT_FOREVER;
        long result = sleep_until(deadline);
        if (result != 0) return not_restarted(result);
    }
    return 0;
}

long sys_nanosleep(const struct syscall *c) {
    uint64_t ns;
    int result = time_from_user(c->arg[0], &ns);
    return result != 0 ? result : sleep_for(ns, c->arg[1]);
}

long sys_clock_nanosleep(const struct syscall *c) {
    uint64_t ns, now, moment;
    int32_t clock = (int32_t)c->arg[0];
    // A thread that sleeps has no processor time of its own to wait for.
    if (!program_clock_read(clock, &now) || clock == CLOCK_THREAD) return -EINVAL;
    int result = time_from_user(c->arg[2], &ns);
    if (result != 0) return result;
    if (c->arg[1] & TIMER_ABSOLUTE) return sleep_to(clock, ns);
    if (!program_clock_is_processor_time(clock)) return sleep_for(ns, c->arg[3]);
    return sleep_to(clock, __builtin_add_overflow(now, ns, &moment) ? UINT64_MAX : moment);
}

long sys_times(const struct syscall *c) {
    int64_t t[4] = {(int64_t)(process_run_ns() / (NS / TICKS_A_SECOND)), 0, 0, 0};
    if (c->arg[0] && copy_to_user(c->arg[0], t, sizeof t) != 0) return -EFAULT;
    return (long)(clock_ns() / (NS / TICKS_A_SECOND));
}
