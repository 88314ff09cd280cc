// Time passes, forwards, and about as fast as it should; the date is one of this century.
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long long now(clockid_t id) {
    struct timespec t;
    clock_gettime(id, &t);
    return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static long long by_system_call(clockid_t id) {
    struct timespec t;
    syscall(SYS_clock_gettime, id, &t);
    return t.tv_sec * 1000000000ll + t.tv_nsec;
}

/// What the program reads itself, in the vDSO, and what the kernel says are one clock.
static void try_vdso(void) {
    const clockid_t ids[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_BOOTTIME};
    int disorder = 0;
    for (int round = 0; round < 1000; round++) {
        clockid_t id = ids[round % 4];
        long long before = now(id), kernel = by_system_call(id), after = now(id);
        disorder += before > kernel || kernel > after;
    }
    printf("vDSO: %d, out of order: %d, processor: %d\n", getauxval(AT_SYSINFO_EHDR) != 0, disorder,
           sched_getcpu() >= 0);
    printf("no such clock: %d\n", clock_gettime(77, &(struct timespec){0, 0}));
}

int main(void) {
    try_vdso();
    long long last = now(CLOCK_MONOTONIC), start = last;
    int backwards = 0;
    for (int i = 0; i < 2000; i++) {
        long long t = now(CLOCK_MONOTONIC);
        backwards += t < last;
        last = t;
    }
    printf("backwards: %d\n", backwards);
    struct timespec nap = {0, 50000000};
    start = now(CLOCK_MONOTONIC);
    printf("sleep: %d\n", nanosleep(&nap, NULL));
    long long slept = now(CLOCK_MONOTONIC) - start;
    printf("slept long enough: %d, not for ever: %d\n", slept >= 50000000, slept < 2000000000);
    struct timeval tv;
    gettimeofday(&tv, NULL);
    long long difference = now(CLOCK_REALTIME) / 1000000000 - tv.tv_sec;
    printf("one date: %d, this century: %d\n", difference >= 0 && difference <= 1,
           tv.tv_sec > 1700000000 && tv.tv_sec < 4102444800);
    printf("time(): %d\n", time(NULL) - tv.tv_sec <= 1);
    return 0;
}
