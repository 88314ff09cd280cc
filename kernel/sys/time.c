// Time: reading clocks and sleeping by them.

#include "arch/clock.h"
#include "lib/errno.h"
#include "sys/calls.h"
#include "proc/process.h"
#include "proc/program_clock.h"
#include "sched/thread.h"
#include "sched/wait.h"

#define NS 1000000000ull

enum { TIMER_ABSOLUTE = 1, TICKS_A_SECOND = 100 };

/// Whether a clock that can be read can't be slept by, and has no timers.
static bool is_only_read(int32_t clock) {
    return clock == CLOCK_MONOTONIC_RAW || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC_COARSE;
}

long clock_check_timers(int32_t clock) {
    uint64_t ns;
    return !program_clock_read(clock, &ns) ? -EINVAL : is_only_read(clock) ? -EOPNOTSUPP : 0;
}

long sys_clock_gettime(const struct syscall *c) {
    uint64_t ns;
    if (!program_clock_read((int32_t)c->arg[0], &ns)) return -EINVAL;
    struct time_value t = time_value_of(ns);
    return copy_to_user(c->arg[1], &t, sizeof t);
}

long sys_clock_getres(const struct syscall *c) {
    uint64_t ns;
    enum { COARSE_NS = 4000000 };
    int32_t clock = (int32_t)c->arg[0];
    struct time_value one = {0, clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC_COARSE ? COARSE_NS : 1};
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

/// As clock_settime does: only the date can be set.
static long set_date(uint64_t ns) { return clock_set_realtime_ns(ns, CLOCK_BY_PROGRAM) ? 0 : -EINVAL; }

long sys_clock_settime(const struct syscall *c) {
    uint64_t ns;
    if ((int32_t)c->arg[0] != CLOCK_REALTIME) return -EINVAL;
    int result = time_from_user(c->arg[1], &ns);
    return result != 0 ? result : set_date(ns);
}

/// The time zone is the C library's affair, and ignored.
long sys_settimeofday(const struct syscall *c) {
    int64_t t[2];
    if (!c->arg[0]) return 0;
    if (copy_from_user(t, c->arg[0], sizeof t) != 0) return -EFAULT;
    if (t[0] < 0 || t[0] > (int64_t)(CLOCK_LATEST_NS / NS) || t[1] < 0 || t[1] >= 1000000) return -EINVAL;
    return set_date((uint64_t)t[0] * NS + (uint64_t)t[1] * 1000);
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
    if (program_clock_is_date(clock)) return not_restarted(sleep_to_date(moment));
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
    long usable = clock_check_timers(clock);
    if (usable != 0) return usable;
    // A thread that sleeps has no processor time of its own to wait for.
    if (clock == CLOCK_THREAD) return -EOPNOTSUPP;
    if (program_clock_for_all(clock) == program_clock_for_all(CLOCK_THREAD) || !program_clock_read(clock, &now))
        return -EINVAL;
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

/// As struct timex.
struct adjustment {
    uint32_t modes, padding;
    int64_t offset, frequency, most_error, likely_error;
    int32_t status, padding_behind;
    int64_t constant, precision, tolerance, time[2], tick, pulse_frequency, jitter;
    int32_t shift, padding_there;
    int64_t stability, counts[4];
    int32_t tai, unused[11];
};
_Static_assert(sizeof(struct adjustment) == 208, "the ABI's");

/// adjtimex, for reading: a clock that nobody adjusts, and that nobody may.
static long adjust(user_ptr_t at) {
    enum {
        READ_OFFSET = 0xa001,
        UNSYNCHRONIZED = 0x40,
        NOT_TRUSTED = 5,
        ERROR = 16000000,
        TICK = 10000,
        TOLERANCE = 500 << 16
    };
    struct adjustment a;
    if (copy_from_user(&a, at, sizeof a) != 0) return -EFAULT;
    if (a.modes != 0 && a.modes != READ_OFFSET) return -EPERM;
    uint64_t now = clock_realtime_ns();
    a = (struct adjustment){.modes = a.modes,
                            .most_error = ERROR,
                            .likely_error = ERROR,
                            .status = UNSYNCHRONIZED,
                            .constant = 2,
                            .precision = 1,
                            .tolerance = TOLERANCE,
                            .tick = TICK,
                            .time = {(int64_t)(now / NS), (int64_t)(now % NS / 1000)}};
    return copy_to_user(at, &a, sizeof a) != 0 ? -EFAULT : NOT_TRUSTED;
}

long sys_adjtimex(const struct syscall *c) { return adjust(c->arg[0]); }

long sys_clock_adjtime(const struct syscall *c) {
    uint64_t ns;
    int32_t clock = (int32_t)c->arg[0];
    if (clock == CLOCK_REALTIME) return adjust(c->arg[1]);
    // The kind of a negative id is looked at, not whose it is.
    return clock < 0 || program_clock_read(clock, &ns) ? -EOPNOTSUPP : -EINVAL;
}
