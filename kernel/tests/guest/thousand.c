// A thousand threads at once, each with a small stack; then the same memory serves again.
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { COUNT = 1000, STACK = 65536 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t all_there = PTHREAD_COND_INITIALIZER, go_on = PTHREAD_COND_INITIALIZER;
static int there, may_go;
static char ids[65536];

static void *wait_for_all(void *unused) {
    pthread_mutex_lock(&lock);
    ids[syscall(SYS_gettid) % (long)sizeof ids] = 1;
    if (++there == COUNT) pthread_cond_signal(&all_there);
    while (!may_go) pthread_cond_wait(&go_on, &lock);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    static pthread_t threads[COUNT];
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, STACK);
    for (int round = 0; round < 3; round++) {
        there = may_go = 0;
        memset(ids, 0, sizeof ids);
        int made = 0, different = 0;
        while (made < COUNT && pthread_create(&threads[made], &small, wait_for_all, NULL) == 0) made++;
        pthread_mutex_lock(&lock);
        while (there < made) pthread_cond_wait(&all_there, &lock);
        may_go = 1;
        pthread_cond_broadcast(&go_on);
        pthread_mutex_unlock(&lock);
        for (int i = 0; i < made; i++) pthread_join(threads[i], NULL);
        for (size_t i = 0; i < sizeof ids; i++) different += ids[i];
        printf("%d threads, %d ids\n", made, different);
    }
    return 0;
}
