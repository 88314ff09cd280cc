// The clocks that a program can read, by their ids (clockid_t), and timers that run by them.
#pragma once

#include "sched/timer.h"

enum clock_id {
    CLOCK_REALTIME,
    CLOCK_MONOTONIC,
    CLOCK_PROCESS,
    CLOCK_THREAD,
    CLOCK_MONOTONIC_RAW,
    CLOCK_REALTIME_COARSE,
    CLOCK_MONOTONIC_COARSE,
    CLOCK_BOOTTIME,
    CLOCK_REALTIME_ALARM,
    CLOCK_BOOTTIME_ALARM,
    CLOCK_TAI = 11,
};

/// Reads a clock; negative ids are the processor time of a thread or of the program. False for one that is not there.
bool program_clock_read(int32_t id, uint64_t *ns);
/// Whether it is processor time, which passes only while threads run.
bool program_clock_is_processor_time(int32_t id);
/// Whether it shows the date, which can be set.
bool program_clock_is_date(int32_t id);
/// An id for the processor time of the current thread that other threads can read too; other ids stay as they are.
int32_t program_clock_for_all(int32_t id);

/// A timer that rings by one of those clocks, once or again and again.
struct program_timer {
    struct timer timer;
    int32_t clock;
    uint64_t next; // what the clock shows then; 0: not set
    uint64_t period; // 0: once
    /// Called from the interrupt: `times` periods have ended since it was called last.
    void (*expired)(struct program_timer *t, uint64_t times);
};

/// Lets it ring when its clock shows `next`, then every `period`. `next` 0 stops it.
void program_timer_set(struct program_timer *t, uint64_t next, uint64_t period);
/// How long until it rings, at least 1; 0 if it is not set.
uint64_t program_timer_left(const struct program_timer *t);
