// Wait queues, locks and timers: who is woken when, what is lost (nothing), and in which order alarms go off.

#include "arch/clock.h"
#include "lib/errno.h"
#include "random.h"
#include "tap.h"
#include "sched/mutex.h"
#include "sched/thread.h"
#include "sched/timer.h"
#include "threads_on_host.h"
#include <string.h>

#define MS 1000000ull

static struct wait_queue queue, other;
static int woken[3];
static long results[3];

static void sleep_in_queue(void *argument) {
    long n = (long)argument;
    struct waiter w;
    wait_begin(&queue, &w);
    results[n] = wait_sleep(&w, WAIT_FOREVER);
    wait_end(&w);
    woken[n]++;
}

static void waking(void) {
    wait_queue_init(&queue);
    for (long n = 0; n < 3; n++) thread_create("sleeper", sleep_in_queue, (void *)n);
    host_settle();
    wake_one(&queue);
    wake_one(&queue);
    host_settle();
    ok(woken[0] == 1 && woken[1] == 1 && woken[2] == 0, "each wake-up wakes one, those first that have waited longest");
    wake_all(&queue);
    host_join();
    ok(woken[2] == 1 && list_is_empty(&queue.waiters), "and a wake-up of all the rest");
}

static void early(void) {
    struct waiter w;
    wait_begin(&queue, &w);
    wake_all(&queue);
    ok(wait_sleep(&w, WAIT_FOREVER) == 0, "a wake-up before the sleep is not lost");
    uint64_t before = clock_ns();
    ok(wait_sleep(&w, before + 5 * MS) == -ETIMEDOUT && clock_ns() == before + 5 * MS,
       "a sleep ends at its time, not before");
    ok(wait_sleep(&w, before) == -ETIMEDOUT && clock_ns() == before + 5 * MS, "a time that is over is not waited for");
    wait_end(&w);
}

static void wake_other(void *unused) {
    (void)unused;
    wake_all(&other);
}

static struct mutex lock;

/// Wakes the other queue while it has the lock.
static void hold(void *unused) {
    (void)unused;
    mutex_lock(&lock);
    sleep_until(clock_ns() + MS);
    wake_all(&other);
    mutex_unlock(&lock);
}

static void several(void) {
    struct waiter list[2];
    wait_queue_init(&other);
    wait_begin(&queue, &list[0]);
    wait_begin(&other, &list[1]);
    thread_create("waker", wake_other, NULL);
    ok(wait_sleep_any(list, 2, WAIT_FOREVER) == 0, "who waits in several queues is woken by any of them");
    host_join();
    // The test's own thread sleeps for a lock while the second queue is woken.
    mutex_init(&lock);
    thread_create("holder", hold, NULL);
    host_settle();
    mutex_lock(&lock);
    mutex_unlock(&lock);
    ok(wait_sleep_any(list, 2, clock_ns() + MS) == 0, "also while it sleeps for something else");
    ok(wait_sleep_any(list, 2, clock_ns() + MS) == -ETIMEDOUT, "and once for each time");
    wait_end(&list[0]);
    wait_end(&list[1]);
    host_join();
}

static void sleep_long(void *unused) {
    (void)unused;
    results[0] = sleep_until(clock_ns() + 100 * MS);
}

static void sleep_deaf(void *unused) {
    struct waiter w;
    (void)unused;
    wait_begin(&queue, &w);
    results[1] = wait_sleep_uninterrupted(&w, clock_ns() + 100 * MS);
    wait_end(&w);
}

static void interrupts(void) {
    uint64_t before = clock_ns();
    struct thread *sleeper = thread_create("sleeper", sleep_long, NULL);
    host_settle();
    thread_interrupt(sleeper);
    host_join();
    ok(results[0] == -EINTR && clock_ns() < before + 100 * MS, "an interrupted sleep ends at once");
    sleeper = thread_create("deaf", sleep_deaf, NULL);
    host_settle();
    thread_interrupt(sleeper);
    host_join();
    ok(results[1] == -ETIMEDOUT && clock_ns() == before + 100 * MS, "one that must not be goes on to its end");
}

static int inside, most_inside, turns;

static void work(void *unused) {
    (void)unused;
    for (int i = 0; i < 50; i++) {
        mutex_lock(&lock);
        if (++inside > most_inside) most_inside = inside;
        turns++;
        sleep_until(clock_ns() + MS);
        inside--;
        mutex_unlock(&lock);
        if (i % 7 == 0) thread_yield();
    }
}

static void locks(void) {
    mutex_init(&lock);
    for (int i = 0; i < 4; i++) thread_create("worker", work, NULL);
    host_join();
    ok(most_inside == 1 && turns == 200, "a lock lets one in at a time, and everybody in the end");
}

enum { TIMERS = 40 };
static struct timer timers[TIMERS];
static uint64_t due[TIMERS], last_ns; // 0: not armed
static unsigned fired;
static bool in_order;

static void fire(struct timer *timer) {
    unsigned n = (unsigned)(timer - timers);
    in_order &= due[n] > 0 && due[n] <= clock_ns() && due[n] >= last_ns && !timer_is_armed(timer);
    last_ns = due[n];
    due[n] = 0;
    fired++;
    if (n % 8 != 0) return;
    due[n] = clock_ns() + 3 * MS; // anew, from within
    timer_arm(timer, due[n], fire);
}

/// Timers that are set, moved and cancelled at random, against a plain table of their moments.
static void alarms(void) {
    bool right = true;
    in_order = true;
    for (int round = 0; round < 20000; round++) {
        unsigned n = (unsigned)random_below(TIMERS);
        if (random_below(3)) {
            due[n] = clock_ns() + random_below(20 * MS);
            timer_arm(&timers[n], due[n], fire);
        } else {
            due[n] = 0;
            timer_cancel(&timers[n]);
        }
        if (random_below(4) == 0) {
            last_ns = 0;
            host_pass(random_below(4 * MS));
            for (unsigned i = 0; i < TIMERS; i++) right &= due[i] == 0 || due[i] >= clock_ns();
        }
        for (unsigned i = 0; i < TIMERS; i++) right &= timer_is_armed(&timers[i]) == (due[i] > 0);
    }
    for (unsigned i = 0; i < TIMERS; i++) timer_cancel(&timers[i]);
    ok(fired > 1000 && in_order, "timers go off once, at their moments, in the order of these");
    ok(right, "none goes off that was cancelled or moved, and none is forgotten");
}

int main(void) {
    timers_init();
    waking();
    early();
    several();
    interrupts();
    locks();
    alarms();
    return done();
}
