// Keeping the date right: while a machine is paused, or its host sleeps, its clock stops and the date falls
// behind.
//
// On the host port `clock` a line with a decimal number of microseconds, which may be negative, is added to the date,
// and the date is told: with 0 the host only asks. A correction that is relative does no harm when it arrives late.
// Where no host has asked for a while, the PC's real-time clock is what remains.
#include "sys/host_clock.h"

#include "arch/cpu.h"
#include "arch/clock.h"
#include "dev/console.h"
#include "lib/bounded_line.h"
#include "sys/number_line.h"
#include "sched/thread.h"

#define NS 1000000000ull

enum { ANSWER = 64, MICROSECOND = 1000, RTC_PERIOD_S = 20, HOST_TRUSTED_S = 90 };

static struct wait_queue asked;
static uint64_t host_asked_ns; // 0: never

/// The date with `us` added; false where that is no date.
static bool move_date(int64_t us) {
    int64_t delta, now;
    if (us == 0) return true;
    if (__builtin_mul_overflow(us, (int64_t)MICROSECOND, &delta)) return false;
    if (__builtin_add_overflow((int64_t)clock_realtime_ns(), delta, &now) || now < 0) return false;
    return clock_set_realtime_ns((uint64_t)now, CLOCK_BY_HOST);
}

static void answer(struct host_port *port, const char *line, bool is_whole) {
    char text[ANSWER];
    int64_t us;
    bool on = interrupts_disable();
    bool is_done = is_whole && number_line_read(line, &us) && move_date(us);
    uint64_t date = clock_realtime_ns();
    interrupts_restore(on);
    host_asked_ns = clock_ns();
    struct bounded_line l = bounded_line_in(text, sizeof text);
    bounded_line_add(&l, "{\"dateUs\":%llu,\"refused\":%s}", (unsigned long long)(date / MICROSECOND),
                     is_done && clock_set_by() != CLOCK_BY_PROGRAM ? "false" : "true");
    bounded_line_end(&l);
    host_port_write(port, l.bytes, l.length);
}

/// The real-time clock counts whole seconds: only a difference of more than one says anything.
static void compare_with_rtc(void) {
    if (clock_set_by() == CLOCK_BY_PROGRAM || (host_asked_ns && clock_ns() - host_asked_ns < HOST_TRUSTED_S * NS))
        return;
    uint64_t shown = rtc_read_seconds() * NS, date = clock_realtime_ns();
    if (shown == 0 || (date + NS / 2 >= shown && date < shown + NS + NS / 2)) return;
    clock_set_realtime_ns(shown + NS / 2, CLOCK_BY_RTC);
}

static void serve(void *argument) {
    struct host_port *port = argument;
    struct number_line line = {0};
    struct waiter w;
    char c;
    uint64_t next_look = clock_ns() + RTC_PERIOD_S * NS;
    wait_begin(&asked, &w);
    for (;;) {
        while (port && host_port_read(port, &c, 1) == 1) {
            if (!number_line_add(&line, c)) continue;
            answer(port, line.text, !line.is_too_long);
            line = (struct number_line){0};
        }
        if (clock_ns() >= next_look) {
            compare_with_rtc();
            next_look = clock_ns() + RTC_PERIOD_S * NS;
        }
        wait_sleep(&w, next_look);
    }
}

void host_clock_start(void) {
    struct host_port *port = host_port_find("clock");
    wait_queue_init(&asked);
    if (port) host_port_listen(port, &asked, HOST_PORT_LINES);
    if (!thread_create("clock", serve, port)) klog("there is not enough memory to keep the date right");
}
