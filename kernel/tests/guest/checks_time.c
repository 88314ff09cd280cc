// Clocks, sleeps and timers: which clocks there are for what, which times are refused.
#include "checks.h"
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/times.h>
#include <sys/timex.h>

// Those of alarms (8 and 9) depend on what the machine has.
static const int clocks[] = {-1, -2, -6, -14, 0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 15, 32, 1000, INT_MAX, INT_MIN};

static const char *told(long result) { return result == -1 ? strerror(errno) : "works"; }

static void each_clock(void) {
    for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++) {
        int clock = clocks[i], timer;
        struct timespec t, wait = {0, 1}, past = {0, 1};
        struct sigevent none = {.sigev_notify = SIGEV_NONE};
        struct timex x = {0};
        printf("clock %d: gettime %s", clock, told(syscall(SYS_clock_gettime, clock, &t)));
        printf(", getres %s", told(syscall(SYS_clock_getres, clock, &t)));
        printf(", sleep %s", clock == CLOCK_PROCESS_CPUTIME_ID || clock < -1
                                 ? "-"
                                 : told(syscall(SYS_clock_nanosleep, clock, 0, &wait, NULL)));
        printf(", until %s", told(syscall(SYS_clock_nanosleep, clock, TIMER_ABSTIME, &past, NULL)));
        long made = syscall(SYS_timer_create, clock, &none, &timer);
        printf(", timer %s", told(made));
        if (made == 0) syscall(SYS_timer_delete, timer);
        int fd = (int)syscall(SYS_timerfd_create, clock, 0);
        printf(", timerfd %s", told(fd));
        if (fd >= 0) close(fd);
        printf(", adjtime %s\n", told(syscall(SYS_clock_adjtime, clock, &x)));
    }
}

static void bad_times(void) {
    static const struct timespec times[] = {{0, -1},        {0, 1000000000}, {-1, 0},       {-1, 999999999},
                                            {0, INT64_MIN}, {INT64_MIN, 0},  {0, INT64_MAX}};
    struct sigevent none = {.sigev_notify = SIGEV_NONE};
    int timer = -1, fd = timerfd_create(CLOCK_MONOTONIC, 0);
    CHECK(syscall(SYS_timer_create, CLOCK_MONOTONIC, &none, &timer));
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        struct timespec t = times[i];
        struct itimerspec first = {.it_value = t}, again = {.it_interval = t, .it_value = {100, 0}},
                          off = {.it_interval = t};
        printf("time %zu\n", i);
        CHECK(syscall(SYS_nanosleep, &t, NULL));
        CHECK(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &t, NULL));
        CHECK(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL));
        CHECK(syscall(SYS_timer_settime, timer, 0, &first, NULL));
        CHECK(syscall(SYS_timer_settime, timer, 0, &again, NULL));
        CHECK(syscall(SYS_timer_settime, timer, 0, &off, NULL));
        CHECK(timerfd_settime(fd, 0, &first, NULL));
        CHECK(timerfd_settime(fd, 0, &again, NULL));
        CHECK(timerfd_settime(fd, TFD_TIMER_ABSTIME, &off, NULL));
        CHECK(syscall(SYS_ppoll, NULL, 0, &t, NULL, 8));
        CHECK(syscall(SYS_pselect6, 0, NULL, NULL, NULL, &t, NULL));
        CHECK(syscall(SYS_futex, &fd, 0, fd, &t, NULL, 0));
        CHECK(syscall(SYS_rt_sigtimedwait, (long[]){0}, NULL, &t, 8));
    }
    CHECK(syscall(SYS_timer_settime, timer, 0, NULL, NULL));
    CHECK(syscall(SYS_timer_settime, timer + 1, 0, &(struct itimerspec){0}, NULL));
    CHECK(syscall(SYS_timer_settime, -1, 0, &(struct itimerspec){0}, NULL));
    CHECK(syscall(SYS_timer_settime, timer, 0xff0, &(struct itimerspec){0}, NULL));
    CHECK(syscall(SYS_timer_settime, timer, 0, NOWHERE, NULL));
    CHECK(syscall(SYS_timer_gettime, timer, NOWHERE));
    CHECK(syscall(SYS_timer_gettime, timer + 1, NOWHERE));
    CHECK(syscall(SYS_timer_getoverrun, timer + 1));
    CHECK(syscall(SYS_timer_delete, timer));
    CHECK(syscall(SYS_timer_delete, timer));
    struct sigevent bad = {.sigev_notify = 99};
    CHECK(syscall(SYS_timer_create, CLOCK_MONOTONIC, &bad, &timer));
    bad = (struct sigevent){.sigev_notify = SIGEV_SIGNAL, .sigev_signo = 65};
    CHECK(syscall(SYS_timer_create, CLOCK_MONOTONIC, &bad, &timer));
    bad.sigev_signo = 0;
    CHECK(syscall(SYS_timer_create, CLOCK_MONOTONIC, &bad, &timer));
    bad = (struct sigevent){.sigev_notify = SIGEV_NONE, .sigev_signo = 99};
    CHECK(syscall(SYS_timer_create, CLOCK_MONOTONIC, &bad, &timer));
    bad = (struct sigevent){.sigev_notify = SIGEV_THREAD, .sigev_signo = SIGALRM};
    CHECK(syscall(SYS_timer_create, CLOCK_MONOTONIC, &bad, &timer));
    bad = (struct sigevent){.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGALRM};
    CHECK(syscall(SYS_timer_create, CLOCK_MONOTONIC, &bad, &timer));
    CHECK(syscall(SYS_timer_create, CLOCK_MONOTONIC, NOWHERE, &timer));
    CHECK(syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, NOWHERE));
    CHECK(timerfd_create(CLOCK_MONOTONIC, 1));
    CHECK(timerfd_settime(fd, 4, &(struct itimerspec){0}, NULL));
    CHECK(timerfd_settime(0, 0, &(struct itimerspec){0}, NULL));
    CHECK(timerfd_settime(999, 0, &(struct itimerspec){0}, NULL));
    CHECK(timerfd_settime(999, 0, NOWHERE, NULL));
    CHECK(timerfd_gettime(999, NOWHERE));
    CHECK(timerfd_gettime(fd, NOWHERE));
    char small[4];
    CHECK(read(fd, small, sizeof small));
    CHECK(write(fd, small, sizeof small));
    CHECK(lseek(fd, 0, SEEK_SET));
    CHECK(pread(fd, small, 4, 0));
    close(fd);
}

static void others(void) {
    struct itimerval v = {.it_value = {0, 1000000}};
    struct timeval t = {0, 0};
    struct timex x = {.modes = 0};
    CHECK(syscall(SYS_setitimer, 3, &v, NULL));
    CHECK(syscall(SYS_setitimer, ITIMER_REAL, &v, NULL));
    v.it_value = (struct timeval){-1, 0};
    CHECK(syscall(SYS_setitimer, ITIMER_REAL, &v, NULL));
    v.it_value = (struct timeval){0, -1};
    CHECK(syscall(SYS_setitimer, ITIMER_VIRTUAL, &v, NULL));
    CHECK(syscall(SYS_setitimer, ITIMER_REAL, NOWHERE, NULL));
    CHECK(syscall(SYS_setitimer, ITIMER_REAL, NULL, NULL));
    CHECK(syscall(SYS_getitimer, 3, &v));
    CHECK(syscall(SYS_getitimer, -1, &v));
    CHECK(syscall(SYS_getitimer, ITIMER_REAL, NOWHERE));
    CHECK(syscall(SYS_gettimeofday, NOWHERE, NULL));
    CHECK(syscall(SYS_time, NOWHERE));
    CHECK(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, NOWHERE));
    CHECK(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, NULL));
    CHECK(syscall(SYS_clock_getres, CLOCK_MONOTONIC, NULL));
    CHECK(syscall(SYS_clock_getres, CLOCK_MONOTONIC, NOWHERE));
    CHECK(syscall(SYS_nanosleep, NOWHERE, NULL));
    CHECK(syscall(SYS_nanosleep, NULL, NULL));
    CHECK(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 2, &(struct timespec){0, 1}, NULL));
    CHECK(syscall(SYS_times, NOWHERE));
    CHECK(syscall(SYS_getrusage, 5, NOWHERE));
    CHECK(syscall(SYS_getrusage, RUSAGE_SELF, NOWHERE));
    CHECK(select(0, NULL, NULL, NULL, &(struct timeval){0, -1}));
    CHECK(select(0, NULL, NULL, NULL, &(struct timeval){-1, 0}));
    CHECK(select(0, NULL, NULL, NULL, &(struct timeval){0, 2000000 - 1999999}));
    CHECK(select(-1, NULL, NULL, NULL, &t));
    CHECK(select(INT_MAX, NULL, NULL, NULL, &t));
    CHECK_WORKS(syscall(SYS_adjtimex, &x));
    CHECK(syscall(SYS_adjtimex, NOWHERE));
    CHECK(x.tick >= 9000 && x.tick <= 11000);
    struct timespec slack;
    CHECK_WORKS(syscall(SYS_clock_getres, CLOCK_REALTIME_COARSE, &slack));
    CHECK(slack.tv_sec == 0 && slack.tv_nsec >= 1000000 && slack.tv_nsec <= 10000000);
    CHECK_WORKS(syscall(SYS_clock_getres, CLOCK_REALTIME, &slack));
    CHECK(slack.tv_nsec);
}

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 1 << 16);
    each_clock();
    bad_times();
    others();
    return 0;
}
