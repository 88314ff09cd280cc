// The date: what the real-time clock said at the start, carried on by the clock, until somebody knows better.
#include "arch/clock_event.h"
#include "arch/cpu.h"
#include "arch/clock.h"
#include <stddef.h>

#define NS 1000000000ull

static uint64_t start_ns;
static bool is_known;
static enum clock_source set_by = CLOCK_BY_RTC;
static void (*date_changed)(void);

uint64_t clock_start_date_ns(void) {
    if (!is_known) {
        start_ns = rtc_read_seconds() * NS - clock_ns();
        is_known = true;
    }
    return start_ns;
}

uint64_t clock_realtime_ns(void) { return clock_start_date_ns() + clock_ns(); }

bool clock_set_realtime_ns(uint64_t now_ns, enum clock_source source) {
    if (now_ns > CLOCK_LATEST_NS || (set_by == CLOCK_BY_PROGRAM && source != CLOCK_BY_PROGRAM)) {
        return false;
    }
    bool on = interrupts_disable();
    start_ns = now_ns - clock_ns();
    is_known = true;
    set_by = source;
    clock_publish_date(start_ns);
    if (date_changed != NULL) {
        date_changed();
    }
    interrupts_restore(on);
    return true;
}

enum clock_source clock_set_by(void) { return set_by; }

void clock_on_set(void (*changed)(void)) { date_changed = changed; }
