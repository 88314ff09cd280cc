// Futexes: every operation and comparison of FUTEX_WAKE_OP, and what each call refuses.
#include "checks.h"
#include <pthread.h>

enum {
    FUTEX_WAIT,
    FUTEX_WAKE,
    FUTEX_FD,
    FUTEX_REQUEUE,
    FUTEX_CMP_REQUEUE,
    FUTEX_WAKE_OP,
    FUTEX_LOCK_PI,
    FUTEX_UNLOCK_PI,
    FUTEX_TRYLOCK_PI,
    FUTEX_WAIT_BITSET,
    FUTEX_WAKE_BITSET,
    FUTEX_WAKE_PRIVATE = 129,
    FUTEX_CLOCK_REALTIME = 256,
};

static uint32_t first, second;

static long futex(void *at, int operation, uint32_t value, const void *limit, void *other, uint32_t third) {
    return syscall(SYS_futex, at, operation, value, limit, other, third);
}

/// Without waiters: what becomes of the word, and what the call gives.
static void each_operation(void) {
    static const int32_t olds[] = {0, 1, -1, 5, 2047, -2048, INT_MAX, INT_MIN},
                         arguments[] = {0, 1, 5, 31, 2047, -1, -2048};
    for (uint32_t operation = 0; operation < 16; operation++) {
        for (size_t o = 0; o < sizeof olds / sizeof *olds; o++) {
            for (size_t a = 0; a < sizeof arguments / sizeof *arguments; a++) {
                second = (uint32_t)olds[o];
                long result = futex(&first, FUTEX_WAKE_OP, 1, (void *)1, &second,
                                    operation << 28 | ((uint32_t)arguments[a] & 0xfff) << 12);
                printf("%u(%d, %d) = %d: %ld %s\n", operation, olds[o], arguments[a], (int32_t)second, result,
                       result < 0 ? strerror(errno) : "");
            }
        }
    }
}

struct sleeper {
    pthread_t thread;
    uint32_t *at;
    volatile int started, done;
    volatile pid_t id;
};

static void *sleep_on(void *argument) {
    struct sleeper *s = argument;
    s->id = (pid_t)syscall(SYS_gettid);
    s->started = 1;
    while (!s->done && futex(s->at, FUTEX_WAIT, 77, NULL, NULL, 0) == -1 && errno == EINTR) {
    }
    s->done = 1;
    return NULL;
}

static int is_asleep(const struct sleeper *s) {
    char path[64], text[512] = "";
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", s->id);
    int fd = open(path, O_RDONLY);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0) close(fd);
    const char *behind = n > 0 ? strrchr(text, ')') : NULL;
    return behind && behind[2] == 'S';
}

static void start(struct sleeper *s, uint32_t *at) {
    *s = (struct sleeper){.at = at};
    pthread_create(&s->thread, NULL, sleep_on, s);
    while (!s->started || !is_asleep(s)) sched_yield();
}

/// With a waiter on each word: whether the second is woken, for every comparison.
static void each_comparison(void) {
    static const int32_t compared[] = {76, 77, 78, -1};
    for (uint32_t comparison = 0; comparison < 16; comparison++) {
        for (size_t i = 0; i < sizeof compared / sizeof *compared; i++) {
            struct sleeper a, b;
            first = second = 77;
            start(&a, &first);
            start(&b, &second);
            // OP_ADD of 0 leaves the word as it is.
            long result = futex(&first, FUTEX_WAKE_OP, 1, (void *)1, &second,
                                1u << 28 | comparison << 24 | ((uint32_t)compared[i] & 0xfff));
            int error = errno;
            printf("compare %u with %d: %ld %s", comparison, compared[i], result, result < 0 ? strerror(error) : "");
            printf(", left %ld", futex(&first, FUTEX_WAKE, 9, NULL, NULL, 0));
            printf(" and %ld\n", futex(&second, FUTEX_WAKE, 9, NULL, NULL, 0));
            pthread_join(a.thread, NULL);
            pthread_join(b.thread, NULL);
        }
    }
}

/// How many are woken of three and three.
static void counts(void) {
    static const int numbers[] = {0, 1, 2, 3, 10, -1, INT_MIN};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sleeper s[6];
        first = second = 77;
        for (int k = 0; k < 6; k++) start(&s[k], k < 3 ? &first : &second);
        long result =
            futex(&first, FUTEX_WAKE_OP, (uint32_t)numbers[i], (void *)(long)numbers[i], &second, 1u << 28 | 77);
        printf("wake %d: %ld", numbers[i], result);
        printf(", left %ld", futex(&first, FUTEX_WAKE, 9, NULL, NULL, 0));
        printf(" and %ld\n", futex(&second, FUTEX_WAKE, 9, NULL, NULL, 0));
        for (int k = 0; k < 6; k++) pthread_join(s[k].thread, NULL);
    }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sleeper s[3];
        first = second = 77;
        for (int k = 0; k < 3; k++) start(&s[k], &first);
        long result = futex(&first, FUTEX_CMP_REQUEUE, 1, (void *)(long)numbers[i], &second, 77);
        printf("requeue %d: %ld %s", numbers[i], result, result < 0 ? strerror(errno) : "");
        printf(", left %ld", futex(&first, FUTEX_WAKE, 9, NULL, NULL, 0));
        printf(" and %ld\n", futex(&second, FUTEX_WAKE, 9, NULL, NULL, 0));
        for (int k = 0; k < 3; k++) pthread_join(s[k].thread, NULL);
    }
    // Both words the same one.
    struct sleeper s[4];
    first = 77;
    for (int k = 0; k < 4; k++) start(&s[k], &first);
    CHECK(futex(&first, FUTEX_WAKE_OP, 1, (void *)1, &first, 1u << 28 | 77));
    CHECK(futex(&first, FUTEX_CMP_REQUEUE, 1, (void *)1, &first, 77));
    CHECK(futex(&first, FUTEX_WAKE, 9, NULL, NULL, 0));
    for (int k = 0; k < 4; k++) pthread_join(s[k].thread, NULL);
}

static void refusals(void) {
    char *odd = (char *)&first + 1;
    struct timespec now = {0, 0}, bad = {0, -1};
    first = 5;
    CHECK(futex(odd, FUTEX_WAIT, 5, NULL, NULL, 0));
    CHECK(futex(odd, FUTEX_WAKE, 1, NULL, NULL, 0));
    CHECK(futex(NOWHERE, FUTEX_WAIT, 5, NULL, NULL, 0));
    CHECK(futex(NOWHERE, FUTEX_WAKE, 1, NULL, NULL, 0));
    CHECK(futex(NOWHERE, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0));
    CHECK(futex((void *)0xffff800000000000, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0));
    CHECK(futex(&first, FUTEX_WAIT, 6, NULL, NULL, 0));
    CHECK(futex(&first, FUTEX_WAIT, 6, &bad, NULL, 0));
    CHECK(futex(&first, FUTEX_WAIT, 5, &now, NULL, 0));
    CHECK(futex(&first, FUTEX_WAIT, 5, NOWHERE, NULL, 0));
    CHECK(futex(&first, FUTEX_WAIT_BITSET, 5, NULL, NULL, 0));
    CHECK(futex(&first, FUTEX_WAIT_BITSET, 5, &now, NULL, 1));
    CHECK(futex(&first, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 5, &now, NULL, 1));
    CHECK(futex(&first, FUTEX_WAIT | FUTEX_CLOCK_REALTIME, 5, &now, NULL, 1));
    CHECK(futex(&first, FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 5, NULL, NULL, 1));
    CHECK(futex(&first, FUTEX_WAKE_BITSET, 1, NULL, NULL, 0));
    CHECK(futex(&first, FUTEX_REQUEUE, 1, (void *)1, odd, 0));
    CHECK(futex(&first, FUTEX_REQUEUE, 1, (void *)1, NOWHERE, 0));
    CHECK(futex(&first, FUTEX_REQUEUE, (uint32_t)-1, (void *)1, &second, 0));
    CHECK(futex(&first, FUTEX_CMP_REQUEUE, 1, (void *)1, &second, 6));
    CHECK(futex(&first, FUTEX_CMP_REQUEUE, 1, (void *)-1, &second, 5));
    CHECK(futex(&first, FUTEX_WAKE_OP, 1, (void *)1, odd, 0));
    CHECK(futex(&first, FUTEX_WAKE_OP, 1, (void *)1, NOWHERE, 0));
    CHECK(futex(odd, FUTEX_WAKE_OP, 1, (void *)1, &second, 0));
    CHECK(futex(&first, FUTEX_FD, 1, NULL, NULL, 0));
    CHECK(futex(&first, 99, 1, NULL, NULL, 0));
    CHECK(futex(&first, 14, 1, NULL, NULL, 0));
    first = 0;
    CHECK(futex(&first, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
    CHECK(futex(&first, FUTEX_TRYLOCK_PI, 0, NULL, NULL, 0));
    CHECK(futex(&first, FUTEX_TRYLOCK_PI, 0, NULL, NULL, 0));
    CHECK(futex(&first, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
    CHECK(futex(&first, FUTEX_LOCK_PI, 0, &bad, NULL, 0));
    CHECK(futex(&first, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
    CHECK(first);
    CHECK(futex(NOWHERE, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
    CHECK(syscall(SYS_set_robust_list, NULL, 1));
    CHECK(syscall(SYS_get_robust_list, 0, NOWHERE, NOWHERE));
    CHECK(syscall(SYS_get_robust_list, 99999, NULL, NULL));
}

int main(void) {
    setvbuf(stdout, NULL, _IOFBF, 1 << 16);
    each_operation();
    each_comparison();
    counts();
    refusals();
    return 0;
}
