// Threads as programs use them: locks, conditions, barriers, memory of their own, cancelling, many at once.
#include <errno.h>
#include <fenv.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MANY = 200, ROUNDS = 200 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static __thread int mine = 42;

static void join_all(pthread_t *threads, int count, void *(*body)(void *), void *argument) {
    for (int i = 0; i < count; i++) {
        int error = pthread_create(&threads[i], NULL, body, argument);
        if (error) printf("thread %d: %s\n", i, strerror(error)), exit(1);
    }
    for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
}

static long counter;

static void *count_up(void *unused) {
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&lock);
        long seen = counter;
        if (i % 50 == 0) sched_yield();
        counter = seen + 1;
        pthread_mutex_unlock(&lock);
        mine++;
    }
    return mine == 42 + ROUNDS ? NULL : abort(), NULL;
}

static void try_mutex(void) {
    pthread_t threads[MANY];
    join_all(threads, MANY, count_up, NULL);
    printf("mutex: %ld of %d, the first thread's own: %d\n", counter, MANY * ROUNDS, mine);
}

// One place that several fill and empty.
static int box, is_full;

static void *produce(void *unused) {
    (void)unused;
    for (int i = 1; i <= 100; i++) {
        pthread_mutex_lock(&lock);
        while (is_full) pthread_cond_wait(&changed, &lock);
        box = i;
        is_full = 1;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

static void try_condition(void) {
    pthread_t producers[4];
    long sum = 0;
    for (int i = 0; i < 4; i++) pthread_create(&producers[i], NULL, produce, NULL);
    for (int i = 0; i < 400; i++) {
        pthread_mutex_lock(&lock);
        while (!is_full) pthread_cond_wait(&changed, &lock);
        sum += box;
        is_full = 0;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&lock);
    }
    for (int i = 0; i < 4; i++) pthread_join(producers[i], NULL);
    printf("condition: %ld\n", sum);
    struct timespec past;
    clock_gettime(CLOCK_REALTIME, &past);
    past.tv_nsec = (past.tv_nsec + 20000000) % 1000000000;
    past.tv_sec -= 1;
    pthread_mutex_lock(&lock);
    printf("a wait for what is past: %s\n", strerror(pthread_cond_timedwait(&changed, &lock, &past)));
    clock_gettime(CLOCK_REALTIME, &past);
    past.tv_nsec += 30000000;
    past.tv_sec += past.tv_nsec / 1000000000;
    past.tv_nsec %= 1000000000;
    int result = pthread_cond_timedwait(&changed, &lock, &past);
    pthread_mutex_unlock(&lock);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int early = now.tv_sec < past.tv_sec || (now.tv_sec == past.tv_sec && now.tv_nsec < past.tv_nsec);
    printf("a wait for 30 ms: %s, early: %d\n", strerror(result), early);
}

static pthread_barrier_t barrier;
static atomic_int arrived, last_ones;

static void *meet(void *unused) {
    (void)unused;
    for (int i = 1; i <= 20; i++) {
        arrived++;
        if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD) last_ones++;
        if (arrived < i * 16) abort();
        pthread_barrier_wait(&barrier);
    }
    return NULL;
}

static void try_barrier(void) {
    pthread_t threads[16];
    pthread_barrier_init(&barrier, NULL, 16);
    join_all(threads, 16, meet, NULL);
    printf("barrier: %d arrived, %d were last\n", arrived, last_ones);
}

static pthread_rwlock_t shared_lock = PTHREAD_RWLOCK_INITIALIZER;
static long pair[2];
static atomic_int torn;

static void *read_or_write(void *argument) {
    for (int i = 0; i < 200; i++) {
        if (argument) {
            pthread_rwlock_wrlock(&shared_lock);
            pair[0]++;
            sched_yield();
            pair[1]++;
        } else {
            pthread_rwlock_rdlock(&shared_lock);
            if (pair[0] != pair[1]) torn++;
        }
        pthread_rwlock_unlock(&shared_lock);
    }
    return NULL;
}

static void try_shared_lock(void) {
    pthread_t readers[6], writers[2];
    for (int i = 0; i < 6; i++) pthread_create(&readers[i], NULL, read_or_write, NULL);
    join_all(writers, 2, read_or_write, "");
    for (int i = 0; i < 6; i++) pthread_join(readers[i], NULL);
    printf("readers and writers: %ld, torn: %d\n", pair[0], torn);
}

static sem_t semaphore;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static atomic_int made, destroyed;

static void make(void) { made++; }
static void destroy(void *value) { destroyed += (int)(long)value; }

static void *post(void *unused) {
    pthread_once(&once, make);
    pthread_setspecific(key, (void *)1);
    sem_post(&semaphore);
    return unused;
}

static void try_rest(void) {
    pthread_t threads[20];
    sem_init(&semaphore, 0, 0);
    pthread_key_create(&key, destroy);
    for (int i = 0; i < 20; i++) pthread_create(&threads[i], NULL, post, NULL);
    for (int i = 0; i < 20; i++) sem_wait(&semaphore);
    for (int i = 0; i < 20; i++) pthread_join(threads[i], NULL);
    printf("semaphore: trywait %d, once: %d, destructors: %d\n", sem_trywait(&semaphore), made, destroyed);
}

static void cleaned(void *flag) { *(int *)flag = 1; }

static void *wait_for_ever(void *flag) {
    pthread_cleanup_push(cleaned, flag);
    for (;;) pause();
    pthread_cleanup_pop(0);
    return NULL;
}

static void try_cancel(void) {
    pthread_t thread;
    int clean = 0;
    void *result;
    pthread_create(&thread, NULL, wait_for_ever, &clean);
    pthread_cancel(thread);
    pthread_join(thread, &result);
    printf("cancelled: %d, cleaned up: %d\n", result == PTHREAD_CANCELED, clean);
}

static pthread_mutex_t robust;

static void *die_holding(void *unused) {
    pthread_mutex_lock(&robust);
    return unused;
}

static void try_robust(void) {
    pthread_mutexattr_t how;
    pthread_t thread;
    pthread_mutexattr_init(&how);
    pthread_mutexattr_setrobust(&how, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&robust, &how);
    pthread_create(&thread, NULL, die_holding, NULL);
    pthread_join(thread, NULL);
    int error = pthread_mutex_lock(&robust);
    printf("a lock whose owner died: %s", strerror(error));
    pthread_mutex_consistent(&robust);
    pthread_mutex_unlock(&robust);
    printf(", made good: %d\n", pthread_mutex_lock(&robust));
    pthread_mutex_unlock(&robust);
}

// Threads that never call the kernel must still take turns, each with its own registers.
static atomic_int turns;

static void *spin(void *argument) {
    int me = (int)(long)argument;
    double x = me + 0.5, y = 0;
    while (turns < 300) {
        if (turns % 3 == me) turns++;
        for (int i = 0; i < 100; i++) y += x * i;
        x = x * 2 - x;
        asm volatile("" : "+x"(x), "+x"(y));
    }
    return x == me + 0.5 ? NULL : (void *)1;
}

static void try_preemption(void) {
    pthread_t threads[3];
    void *wrong[3];
    for (long i = 0; i < 3; i++) pthread_create(&threads[i], NULL, spin, (void *)i);
    for (int i = 0; i < 3; i++) pthread_join(threads[i], &wrong[i]);
    printf("turns: %d, registers mixed up: %d %d %d\n", turns >= 300, wrong[0] != 0, wrong[1] != 0, wrong[2] != 0);
}

static void *rounding(void *unused) {
    (void)unused;
    return (void *)(long)(fegetround() == FE_UPWARD);
}

static void try_rounding(void) {
    pthread_t thread;
    void *inherited;
    fesetround(FE_UPWARD);
    pthread_create(&thread, NULL, rounding, NULL);
    fesetround(FE_TONEAREST);
    pthread_join(thread, &inherited);
    printf("a thread begins with its maker's rounding: %d\n", inherited != NULL);
}

static void *last_words(void *first) {
    pthread_join(*(pthread_t *)first, NULL);
    puts("the first thread is gone");
    exit(9);
}

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    try_mutex();
    try_condition();
    try_barrier();
    try_shared_lock();
    try_rest();
    try_cancel();
    try_robust();
    try_preemption();
    try_rounding();
    static pthread_t first;
    pthread_t thread;
    first = pthread_self();
    pthread_create(&thread, NULL, last_words, &first);
    pthread_exit(NULL);
}
