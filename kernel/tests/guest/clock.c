// Time passes, forwards, and about as fast as it should; the date is one of this century.
#include <stdio.h>
#include <sys/time.h>
#include <time.h>

static long long now(clockid_t id) {
    struct timespec t;
    clock_gettime(id, &t);
    return t.tv_sec * 1000000000ll + t.tv_nsec;
}

int main(void) {
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
    printf("one date: %d, this century: %d\n", difference >= 0 && difference <= 1, tv.tv_sec > 1700000000 && tv.tv_sec < 4102444800);
    printf("time(): %d\n", time(NULL) - tv.tv_sec <= 1);
    return 0;
}
