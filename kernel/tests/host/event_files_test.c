// eventfd and timerfd: counters that are waited for.

#include "arch/clock.h"
#include "fs/eventfd.h"
#include "fs/timerfd.h"
#include "heap_on_host.h"
#include "lib/errno.h"
#include "open_file.h"
#include "tap.h"
#include "sched/thread.h"
#include "sched/timer.h"
#include "threads_on_host.h"

#define MS 1000000ull

static struct file *file;
static long result;
static uint64_t value;

static long get(void) { return result = file_get(file, &value, sizeof value); }
static long put(uint64_t n) { return file_put(file, &n, sizeof n); }

static void get_later(void *unused) {
    (void)unused;
    get();
}

static void put_later(void *argument) { result = put((uint64_t)argument); }

static void counters(void) {
    file = eventfd_make(3, false, OPEN_NONBLOCK);
    ok(file_ready(file) == (POLL_IN | POLL_OUT) && get() == 8 && value == 3,
       "a counter is read with what it was made with");
    ok(get() == -EAGAIN && file_ready(file) == POLL_OUT, "and is 0 then");
    ok(put(5) == 8 && put(6) == 8 && get() == 8 && value == 11, "what is written is added");
    ok(put(UINT64_MAX) == -EINVAL && put(UINT64_MAX - 1) == 8 && put(1) == -EAGAIN, "it never reaches its limit");
    ok(file_ready(file) == POLL_IN && put(0) == 8, "a full one has no room but for nothing");
    ok(file_get(file, &value, 7) == -EINVAL && file_put(file, &value, 7) == -EINVAL, "a counter has 8 bytes");
    file_drop(file);
    file = eventfd_make(2, true, OPEN_NONBLOCK);
    ok(get() == 8 && value == 1 && get() == 8 && value == 1 && get() == -EAGAIN, "a semaphore is read one by one");
    file_drop(file);
}

static void waits(void) {
    file = eventfd_make(0, false, 0);
    value = 0;
    thread_create("reader", get_later, NULL);
    host_settle();
    bool waited = value == 0;
    put(7);
    host_join();
    ok(waited && result == 8 && value == 7, "a reader waits until it is not 0");
    put(UINT64_MAX - 1);
    result = 0;
    thread_create("writer", put_later, (void *)10);
    host_settle();
    waited = result == 0;
    uint64_t had = 0;
    file_get(file, &had, sizeof had);
    host_join();
    ok(waited && result == 8 && had == UINT64_MAX - 1 && get() == 8 && value == 10,
       "a writer waits until there is room");
    file_drop(file);
}

static void once(void) {
    uint64_t left, interval;
    file = timerfd_make(false, OPEN_NONBLOCK);
    ok(get() == -EAGAIN && (host_pass(1000 * MS), get()) == -EAGAIN, "a timer that is not set never rings");
    timerfd_set(file, 10 * MS, 0, false, false);
    host_pass(9 * MS);
    timerfd_get(file, &left, &interval);
    ok(get() == -EAGAIN && left == MS && interval == 0, "one that is tells how long it has left");
    host_pass(MS);
    ok(file_ready(file) == POLL_IN && get() == 8 && value == 1, "it rings at its time");
    timerfd_get(file, &left, &interval);
    host_pass(1000 * MS);
    ok(left == 0 && get() == -EAGAIN, "once");
    timerfd_set(file, 10 * MS, 0, false, false);
    timerfd_set(file, 0, 0, false, false);
    host_pass(20 * MS);
    ok(get() == -EAGAIN, "not if it was stopped");
    timerfd_set(file, clock_ns() + 5 * MS, 0, true, false);
    host_pass(4 * MS);
    bool early = file_ready(file) & POLL_IN;
    host_pass(MS);
    ok(!early && get() == 8, "a moment can be given in place of a span");
    timerfd_set(file, 1, 0, true, false);
    host_pass(1);
    ok(get() == 8 && value == 1, "one that is over rings at once");
    timerfd_set(file, UINT64_MAX, 0, false, false);
    host_pass(1000 * MS);
    ok(get() == -EAGAIN, "one beyond all time never");
    file_drop(file);
    file = timerfd_make(true, OPEN_NONBLOCK);
    timerfd_set(file, clock_realtime_ns() + 5 * MS, 0, true, false);
    host_pass(4 * MS);
    early = file_ready(file) & POLL_IN;
    host_pass(MS);
    ok(!early && get() == 8, "moments of the date's clock are those of the date");
    file_drop(file);
}

static void date_set(void) {
    uint64_t left, interval;
    file = timerfd_make(true, OPEN_NONBLOCK);
    timerfd_set(file, clock_realtime_ns() + 1000 * MS, 0, true, false);
    clock_set_realtime_ns(clock_realtime_ns() + 990 * MS, CLOCK_BY_HOST);
    timerfd_get(file, &left, &interval);
    host_pass(9 * MS);
    bool early = file_ready(file) & POLL_IN;
    host_pass(MS);
    ok(left == 10 * MS && !early && get() == 8, "a moment of the date comes sooner when the date is set forward");
    timerfd_set(file, clock_realtime_ns() + 10 * MS, 0, true, false);
    clock_set_realtime_ns(clock_realtime_ns() - 90 * MS, CLOCK_BY_HOST);
    host_pass(99 * MS);
    early = file_ready(file) & POLL_IN;
    host_pass(MS);
    ok(!early && get() == 8 && value == 1, "and later when it is set back");
    timerfd_set(file, clock_realtime_ns() + 10 * MS, 0, true, false);
    clock_set_realtime_ns(clock_realtime_ns() + 3600000 * MS, CLOCK_BY_HOST);
    host_pass(1);
    ok(get() == 8 && value == 1, "one that is passed over rings at once");
    timerfd_set(file, 10 * MS, 0, false, false);
    clock_set_realtime_ns(clock_realtime_ns() + 3600000 * MS, CLOCK_BY_HOST);
    host_pass(9 * MS);
    early = file_ready(file) & POLL_IN;
    host_pass(MS);
    ok(!early && get() == 8, "a span stays as long as it was");
    timerfd_set(file, clock_realtime_ns() + 10 * MS, 0, true, true);
    clock_set_realtime_ns(clock_realtime_ns() + MS, CLOCK_BY_HOST);
    ok(file_ready(file) == POLL_IN && get() == -ECANCELED && get() == -EAGAIN,
       "who asks for it is told that the date was set, once");
    host_pass(10 * MS);
    ok(get() == 8 && value == 1, "and the time is still rung");
    timerfd_set(file, 10 * MS, 0, false, true);
    clock_set_realtime_ns(clock_realtime_ns() + MS, CLOCK_BY_HOST);
    ok(get() == -EAGAIN, "with a span nobody is told");
    timerfd_set(file, clock_realtime_ns() + 10 * MS, 0, true, true);
    file_drop(file);
    clock_set_realtime_ns(clock_realtime_ns() + MS, CLOCK_BY_HOST);
}

static void again(void) {
    uint64_t left, interval, begin = clock_ns();
    file = timerfd_make(false, 0);
    timerfd_set(file, 10 * MS, 3 * MS, false, false);
    host_pass(10 * MS + 3 * MS * 4 + 1);
    ok(get() == 8 && value == 5, "a timer that repeats counts what nobody has read");
    timerfd_get(file, &left, &interval);
    ok(interval == 3 * MS && left == 3 * MS - 1, "and goes on in step");
    thread_create("reader", get_later, NULL);
    host_join();
    ok(result == 8 && value == 1 && clock_ns() == begin + 25 * MS, "a reader waits for the next time");
    host_pass(3 * MS);
    timerfd_set(file, 2 * MS, 0, false, false);
    host_pass(MS);
    ok(file_ready(file) == 0, "to set it anew forgets what it has counted");
    timerfd_set(file, MS, UINT64_MAX, false, false);
    host_pass(1000 * MS);
    ok(get() == 8 && value == 1 && (host_pass(1000 * MS), file_ready(file) == 0),
       "an interval beyond all time goes on to no next");
    uint64_t from = clock_ns();
    timerfd_set(file, 1, 1, false, false);
    host_pass(MS);
    ok(get() == 8 && value == clock_ns() - from, "the shortest is counted, and nobody is kept from working");
    file_drop(file);
    host_pass(100 * MS);
}

int main(void) {
    timers_init();
    counters();
    waits();
    once();
    date_set();
    again();
    ok(heap_blocks == 0, "nothing is left of them");
    return done();
}
