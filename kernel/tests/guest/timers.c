// Timers that send signals, clocks of processor time, and sleeps until a moment.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static volatile sig_atomic_t rung, overruns;
static volatile int code, value, thread_id;

static long long now(clockid_t id) {
    struct timespec t;
    clock_gettime(id, &t);
    return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static void ring(int number, siginfo_t *info, void *context) {
    (void)number;
    (void)context;
    rung++;
    code = info->si_code;
    value = info->si_value.sival_int;
    overruns += info->si_overrun;
    thread_id = (int)syscall(SYS_gettid);
}

// Computes until so many signals have come, at most ten seconds: a machine that is busy may be late.
static void work_until_rung(int times) {
    long long start = now(CLOCK_MONOTONIC);
    volatile long steps = 0;
    while (rung < times && (++steps % 100000 != 0 || now(CLOCK_MONOTONIC) - start < 10000000000)) {
    }
}

static void try_intervals(void) {
    struct itimerval often = {{0, 10000}, {0, 10000}}, once = {{0, 0}, {100, 0}}, left, none = {0};
    long long start = now(CLOCK_MONOTONIC);
    setitimer(ITIMER_REAL, &often, NULL);
    while (rung < 5) pause();
    setitimer(ITIMER_REAL, &none, &left);
    printf("five times, code %d, not too early: %d\n", code == SI_KERNEL, now(CLOCK_MONOTONIC) - start >= 49000000);
    printf("its period: %ld\n", (long)left.it_interval.tv_usec);
    setitimer(ITIMER_REAL, &once, NULL);
    getitimer(ITIMER_REAL, &left);
    printf("left: %d, as an alarm: %u, then none: %u\n", left.it_value.tv_sec >= 99, alarm(0), alarm(0));
    rung = 0;
    setitimer(ITIMER_PROF, &often, NULL);
    work_until_rung(3);
    setitimer(ITIMER_PROF, &none, NULL);
    printf("of processor time: %d\n", rung >= 3);
    rung = 0;
    setitimer(ITIMER_VIRTUAL, &(struct itimerval){{0, 0}, {0, 20000}}, NULL);
    nanosleep(&(struct timespec){0, 40000000}, NULL);
    printf("asleep it does not pass: %d\n", rung);
    work_until_rung(1);
    printf("at work it does: %d\n", rung);
}

static void *wait_for_ring(void *timer) {
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN, .sigev_value.sival_int = 55};
    int me = (int)syscall(SYS_gettid);
    event.sigev_notify_thread_id = me;
    timer_create(CLOCK_MONOTONIC, &event, timer);
    timer_settime(*(timer_t *)timer, 0, &(struct itimerspec){{0, 0}, {0, 10000000}}, NULL);
    while (!rung) pause();
    printf("its own thread: %d, code %d, value %d\n", thread_id == me, code == SI_TIMER, value);
    return NULL;
}

static void try_timers(void) {
    timer_t timer;
    pthread_t thread;
    struct itimerspec left;
    rung = 0;
    pthread_create(&thread, NULL, wait_for_ring, &timer);
    pthread_join(thread, NULL);
    timer_gettime(timer, &left);
    printf("run down: %ld %ld\n", (long)left.it_value.tv_sec, left.it_value.tv_nsec);
    printf("deleted: %d, again: %d\n", timer_delete(timer), (int)syscall(SYS_timer_delete, 1000));
    // Blocked, it counts what it could not say.
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &one, NULL);
    rung = overruns = 0;
    timer_create(CLOCK_REALTIME, &event, &timer);
    struct timespec first;
    clock_gettime(CLOCK_REALTIME, &first);
    timer_settime(timer, TIMER_ABSTIME, &(struct itimerspec){{0, 10000000}, first}, NULL);
    nanosleep(&(struct timespec){0, 75000000}, NULL);
    printf("while it is blocked: %d\n", rung);
    sigprocmask(SIG_UNBLOCK, &one, NULL);
    printf("then: at least one %d, at least five missed %d\n", rung >= 1, overruns >= 5);
    rung = 0;
    timer_settime(timer, 0, &(struct itimerspec){{INT64_MAX, 999999999}, {0, 1000000}}, NULL);
    nanosleep(&(struct timespec){1, 0}, NULL);
    nanosleep(&(struct timespec){0, 10000000}, NULL);
    printf("with the longest period: %d\n", rung);
    timer_delete(timer);
    event.sigev_notify = SIGEV_NONE;
    timer_create(CLOCK_MONOTONIC, &event, &timer);
    timer_settime(timer, 0, &(struct itimerspec){{0, 0}, {1000, 0}}, NULL);
    timer_gettime(timer, &left);
    printf("silent: %d\n", left.it_value.tv_sec >= 998);
    timer_delete(timer);
    rung = 0;
    event = (struct sigevent){.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
    timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer);
    timer_settime(timer, 0, &(struct itimerspec){{0, 0}, {0, 20000000}}, NULL);
    nanosleep(&(struct timespec){0, 40000000}, NULL);
    printf("by the thread's own time, asleep: %d", rung);
    work_until_rung(1);
    printf(", at work: %d\n", rung);
    timer_delete(timer);
    event.sigev_signo = 99;
    printf("no such signal: %d, no such clock: %d\n",
           timer_create(CLOCK_MONOTONIC, &event, &timer) == -1 && errno == EINVAL,
           timer_create(77, NULL, &timer) == -1 && errno == EINVAL);
}

static void *busy(void *unused) {
    while (now(CLOCK_THREAD_CPUTIME_ID) < 30000000) {
    }
    return unused;
}

static void try_clocks(void) {
    pthread_t thread;
    clockid_t theirs;
    long long program = now(CLOCK_PROCESS_CPUTIME_ID), own = now(CLOCK_THREAD_CPUTIME_ID);
    pthread_create(&thread, NULL, busy, NULL);
    pthread_getcpuclockid(thread, &theirs);
    int readable = now(theirs) >= 0;
    pthread_join(thread, NULL);
    // In this order, and compared with each other: what a busy host takes from us meanwhile is in both.
    own = now(CLOCK_THREAD_CPUTIME_ID) - own;
    program = now(CLOCK_PROCESS_CPUTIME_ID) - program;
    printf("another thread's time: %d; the program's: %d; not one's own: %d\n", readable, program >= 30000000,
           program - own >= 30000000);
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += 20000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    int result = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
    long long late = now(CLOCK_MONOTONIC) - (until.tv_sec * 1000000000ll + until.tv_nsec);
    printf("until a moment: %d, early: %d, again: %d\n", result, late < 0,
           clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL));
    printf("a thread's own time is no time to sleep by: %d\n",
           clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &until, NULL) == EINVAL);
}

/// Long work in the kernel ends when a signal comes, with what was done by then.
static void try_long_work(void) {
    struct itimerval often = {{0, 2000}, {0, 2000}}, none = {{0, 0}, {0, 0}};
    const long gigabyte = 1 << 30, some = 64 << 20;
    int zero = open("/dev/zero", O_RDONLY), null = open("/dev/null", O_WRONLY);
    char *room = mmap(NULL, (size_t)some, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    rung = 0;
    setitimer(ITIMER_REAL, &often, NULL);
    long sent = sendfile(null, zero, NULL, (size_t)gigabyte), random = syscall(SYS_getrandom, room, some, 0);
    setitimer(ITIMER_REAL, &none, NULL);
    printf("sendfile cut short: %d, getrandom: %d\n", sent > 0 && sent < gigabyte, random > 0 && random < some);
    printf("by a signal: %d\n", rung > 0);
}

int main(void) {
    const int signals[] = {SIGALRM, SIGPROF, SIGVTALRM, SIGRTMIN};
    struct sigaction action = {.sa_sigaction = ring, .sa_flags = SA_SIGINFO};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) sigaction(signals[i], &action, NULL);
    setvbuf(stdout, NULL, _IOLBF, 0);
    try_intervals();
    try_timers();
    try_clocks();
    try_long_work();
    return 0;
}
