// The date while it is set: by the program itself, with "set", or by somebody else, told for each line of input.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define NS 1000000000ll

static int64_t read_ns(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec * NS + t.tv_nsec;
}

static int64_t by_system_call(clockid_t clock) {
    struct timespec t;
    syscall(SYS_clock_gettime, clock, &t);
    return t.tv_sec * NS + t.tv_nsec;
}

static struct timespec spec(int64_t ns) { return (struct timespec){ns / NS, ns % NS}; }

static void check(int holds, const char *what) { printf("%s: %s\n", holds ? "ok" : "WRONG", what); }

/// Waits of an hour of the date; only setting the date ends them before the test does.
static int64_t goal;
static sem_t never;
static volatile sig_atomic_t rang;

static void *sleep_long(void *unused) {
    struct timespec t = spec(goal);
    (void)unused;
    return (void *)(intptr_t)clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &t, NULL);
}

static void *wait_long(void *unused) {
    struct timespec t = spec(goal);
    (void)unused;
    return (void *)(intptr_t)(sem_timedwait(&never, &t) == 0 ? 0 : errno);
}

static void *read_long(void *argument) {
    uint64_t times = 0;
    return (void *)(intptr_t)(read(*(int *)argument, &times, sizeof times) == sizeof times ? (int)times : -errno);
}

static void on_alarm(int number) {
    (void)number;
    rang = 1;
}

static int timer_to(int64_t date_ns, int flags) {
    int fd = timerfd_create(CLOCK_REALTIME, 0);
    struct itimerspec t = {.it_value = spec(date_ns)};
    timerfd_settime(fd, TFD_TIMER_ABSTIME | flags, &t, NULL);
    return fd;
}

static void set_date(void) {
    pthread_t sleeper, waiter, reader, told;
    void *slept, *waited, *count, *result;
    timer_t timer;
    int64_t before = read_ns(CLOCK_REALTIME), monotonic = read_ns(CLOCK_MONOTONIC);
    goal = before + 3600 * NS;
    int plain = timer_to(goal, 0), cancelled = timer_to(goal + 3600 * NS, TFD_TIMER_CANCEL_ON_SET);
    struct itimerspec absolute = {.it_value = spec(goal)}, left;
    sem_init(&never, 0, 0);
    signal(SIGALRM, on_alarm);
    timer_create(CLOCK_REALTIME, NULL, &timer);
    timer_settime(timer, TIMER_ABSTIME, &absolute, NULL);
    pthread_create(&sleeper, NULL, sleep_long, NULL);
    pthread_create(&waiter, NULL, wait_long, NULL);
    pthread_create(&reader, NULL, read_long, &plain);
    pthread_create(&told, NULL, read_long, &cancelled);
    usleep(50000);

    struct timespec t = spec(before + 3700 * NS);
    check(clock_settime(CLOCK_REALTIME, &t) == 0, "the date is set forward");
    pthread_join(sleeper, &slept);
    pthread_join(waiter, &waited);
    pthread_join(reader, &count);
    pthread_join(told, &result);
    check(slept == NULL, "a sleep to a date ends");
    check((intptr_t)waited == ETIMEDOUT, "so does a semaphore's wait");
    check((intptr_t)count == 1, "and a timerfd's");
    check((intptr_t)result == -ECANCELED, "one that asks for it is cancelled");
    while (!rang) usleep(1000);
    check(1, "a timer of timer_create rings");
    int64_t passed = read_ns(CLOCK_MONOTONIC) - monotonic, moved = read_ns(CLOCK_REALTIME) - before;
    check(passed > 0 && passed < 1800 * NS, "the other clock goes on as before");
    check(moved - passed > 3600 * NS, "the vDSO shows the new date");
    check(llabs(by_system_call(CLOCK_REALTIME) - read_ns(CLOCK_REALTIME)) < NS, "and so does the system call");

    struct itimerspec span = {.it_value = {100, 0}};
    timer_settime(timer, 0, &span, NULL);
    struct timeval back = {before / NS, 0};
    check(settimeofday(&back, NULL) == 0 && llabs(read_ns(CLOCK_REALTIME) - before) < 60 * NS, "it is set back");
    timer_gettime(timer, &left);
    check(left.it_value.tv_sec >= 90 && left.it_value.tv_sec <= 100, "a timer over a span does not mind");
    struct timespec wrong = {-1, 0}, late = {1ll << 40, 0};
    check(clock_settime(CLOCK_REALTIME, &wrong) == -1 && errno == EINVAL, "no date before 1970");
    check(clock_settime(CLOCK_REALTIME, &late) == -1 && errno == EINVAL, "none beyond what can be counted");
    check(clock_settime(CLOCK_MONOTONIC, &t) == -1 && errno == EINVAL, "the other clock can't be set");
}

/// For each line: the date by the vDSO and by the system call, and the other clock, in nanoseconds.
static void tell(void) {
    char line[64];
    setvbuf(stdout, NULL, _IOLBF, 0);
    puts("ready");
    int64_t last = 0;
    while (fgets(line, sizeof line, stdin)) {
        int64_t monotonic = read_ns(CLOCK_MONOTONIC);
        if (monotonic < last) puts("BACKWARDS");
        last = monotonic;
        printf("now %lld %lld %lld\n", (long long)read_ns(CLOCK_REALTIME), (long long)by_system_call(CLOCK_REALTIME),
               (long long)monotonic);
    }
}

/// Every so many microseconds, with nobody asking.
static void tick(const char *word, unsigned pause_us) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (;;) {
        printf("%s %lld %lld %lld\n", word, (long long)read_ns(CLOCK_REALTIME),
               (long long)by_system_call(CLOCK_REALTIME), (long long)read_ns(CLOCK_MONOTONIC));
        usleep(pause_us);
    }
}

static void *tick_often(void *unused) {
    (void)unused;
    tick("tick", 10000);
    return NULL;
}

/// Both: its own ticks say when the date was set, its answers say how right it is.
static void tell_and_tick(void) {
    pthread_t ticker;
    pthread_create(&ticker, NULL, tick_often, NULL);
    tell();
}

int main(int count, char **arguments) {
    const char *what = count > 1 ? arguments[1] : "tell";
    if (strcmp(what, "set") == 0) set_date();
    else if (strcmp(what, "tick") == 0) tick("now", 100000);
    else if (strcmp(what, "both") == 0) tell_and_tick();
    else tell();
    return 0;
}
