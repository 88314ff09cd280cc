// The clocks that a program can read, and timers that run by them.
#include "proc/program_clock.h"

#include "arch/cpu.h"
#include "arch/clock.h"
#include "proc/process.h"
#include "sched/thread.h"

/// Negative ids (clock_getcpuclockid): the complement of the thread's or program's id, then three bits of kind.
enum { KIND_BITS = 3, KIND_OF_THREAD = 4, KIND_CLOCK = 3, KIND_INVALID = 3, KIND_SCHEDULED = 2 };

/// A period that is shorter rings so rarely nevertheless; what is missed is counted.
enum { SHORTEST_PERIOD_NS = 100000 };

static bool read_processor_time(int32_t id, uint64_t *ns) {
    uint32_t whose = (uint32_t)~(id >> KIND_BITS);
    if ((id & KIND_CLOCK) == KIND_INVALID) return false;
    if (!(id & KIND_OF_THREAD)) {
        *ns = process_run_ns();
        return whose == 0 || whose == PROCESS_ID;
    }
    const struct task *task = whose == 0 ? task_current() : task_find(whose);
    if (!task || !task->thread) return false;
    *ns = thread_run_ns(task->thread);
    return true;
}

bool program_clock_is_date(int32_t id) {
    return id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE || id == CLOCK_REALTIME_ALARM || id == CLOCK_TAI;
}

bool program_clock_read(int32_t id, uint64_t *ns) {
    if (id < 0) return read_processor_time(id, ns);
    if (program_clock_is_date(id)) {
        *ns = clock_realtime_ns();
        return true;
    }
    switch (id) {
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
    case CLOCK_BOOTTIME_ALARM: *ns = clock_ns(); return true;
    case CLOCK_PROCESS: *ns = process_run_ns(); return true;
    case CLOCK_THREAD: *ns = thread_run_ns(thread_current()); return true;
    default: return false;
    }
}

bool program_clock_is_processor_time(int32_t id) { return id < 0 || id == CLOCK_PROCESS || id == CLOCK_THREAD; }

int32_t program_clock_for_all(int32_t id) {
    bool is_own = id < 0 && (id & KIND_OF_THREAD) && ~(id >> KIND_BITS) == 0;
    if (id != CLOCK_THREAD && !is_own) return id;
    return (int32_t)(~task_current()->id << KIND_BITS | KIND_OF_THREAD | KIND_SCHEDULED);
}

static void ring(struct timer *timer);

/// Processor time passes no faster than time does: when that has come, the clock is looked at again.
static void arm(struct program_timer *t, uint64_t shown) {
    if (program_clock_is_date(t->clock)) {
        timer_arm_date(&t->timer, t->next, ring);
        return;
    }
    uint64_t wait = t->next > shown ? t->next - shown : 0, deadline;
    if (__builtin_add_overflow(clock_ns(), wait, &deadline)) deadline = UINT64_MAX - 1;
    timer_arm(&t->timer, deadline, ring);
}

static void ring(struct timer *timer) {
    struct program_timer *t = container_of(timer, struct program_timer, timer);
    uint64_t shown, times = 1;
    if (!program_clock_read(t->clock, &shown)) return; // its thread has ended
    if (shown < t->next) {
        arm(t, shown);
        return;
    }
    if (t->period) {
        times += (shown - t->next) / t->period;
        // The next moment, not sooner than the shortest period allows.
        uint64_t more = t->period < SHORTEST_PERIOD_NS ? (SHORTEST_PERIOD_NS - 1) / t->period : 0, ahead;
        times += more;
        bool never =
            __builtin_mul_overflow(times, t->period, &ahead) || __builtin_add_overflow(t->next, ahead, &t->next);
        if (never) t->next = UINT64_MAX;
        arm(t, shown);
    } else {
        t->next = 0;
    }
    t->expired(t, times);
}

void program_timer_set(struct program_timer *t, uint64_t next, uint64_t period) {
    uint64_t shown;
    bool on = interrupts_disable();
    timer_cancel(&t->timer);
    t->next = next;
    t->period = period;
    if (next && program_clock_read(t->clock, &shown)) arm(t, shown);
    interrupts_restore(on);
}

uint64_t program_timer_left(const struct program_timer *t) {
    uint64_t shown;
    if (t->next == 0 || !program_clock_read(t->clock, &shown)) return 0;
    return t->next > shown ? t->next - shown : 1;
}
