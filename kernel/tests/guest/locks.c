// Locks of all kinds: robust ones whose owner dies, such that inherit priorities, shared ones, record locks of files;
// what the scheduler is asked and what it says.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/// Of futex(2); musl has no header for them.
enum {
    WAIT = 128,
    WAKE = 129,
    COMPARE_REQUEUE = 132,
    WAKE_OP = 133,
    WAIT_BITSET = 137,
    ADD_3_IF_6 = 1 << 28 | 3 << 12 | 6
};

static void say(const char *what, long result) {
    if (result < 0) printf("%s: %s\n", what, strerror(errno));
    else printf("%s: %ld\n", what, result);
}

static void say_error(const char *what, int error) { printf("%s: %s\n", what, error ? strerror(error) : "done"); }

static void *take_and_die(void *mutex) {
    pthread_mutex_lock(mutex);
    return NULL;
}

static void robust(void) {
    pthread_mutex_t mutex;
    pthread_mutexattr_t kind;
    pthread_t thread;
    pthread_mutexattr_init(&kind);
    pthread_mutexattr_setrobust(&kind, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&mutex, &kind);
    pthread_create(&thread, NULL, take_and_die, &mutex);
    pthread_join(thread, NULL);
    say_error("lock", pthread_mutex_lock(&mutex));
    say_error("consistent", pthread_mutex_consistent(&mutex));
    say_error("unlock", pthread_mutex_unlock(&mutex));
    say_error("lock", pthread_mutex_lock(&mutex));
    pthread_mutex_unlock(&mutex);
    pthread_create(&thread, NULL, take_and_die, &mutex);
    pthread_join(thread, NULL);
    say_error("lock", pthread_mutex_lock(&mutex));
    say_error("unlock without repair", pthread_mutex_unlock(&mutex));
    say_error("lock", pthread_mutex_lock(&mutex));
}

static int counter;

static void *count_up(void *mutex) {
    for (int i = 0; i < 2000; i++) {
        pthread_mutex_lock(mutex);
        counter++;
        if (i % 100 == 0) sched_yield();
        pthread_mutex_unlock(mutex);
    }
    return NULL;
}

static void kinds(void) {
    static const int protocols[] = {PTHREAD_PRIO_NONE, PTHREAD_PRIO_INHERIT};
    static const char *const names[] = {"plain", "inheriting"};
    for (int k = 0; k < 2; k++) {
        pthread_mutex_t mutex;
        pthread_mutexattr_t kind;
        pthread_t threads[8];
        pthread_mutexattr_init(&kind);
        pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_ERRORCHECK);
        pthread_mutexattr_setprotocol(&kind, protocols[k]);
        pthread_mutex_init(&mutex, &kind);
        counter = 0;
        for (int i = 0; i < 8; i++) pthread_create(&threads[i], NULL, count_up, &mutex);
        for (int i = 0; i < 8; i++) pthread_join(threads[i], NULL);
        printf("%s: counted %d\n", names[k], counter);
        struct timespec soon;
        pthread_mutex_lock(&mutex);
        say_error("twice", pthread_mutex_lock(&mutex));
        say_error("try", pthread_mutex_trylock(&mutex));
        pthread_mutex_unlock(&mutex);
        say_error("not mine", pthread_mutex_unlock(&mutex));
        clock_gettime(CLOCK_REALTIME, &soon);
        say_error("in time", pthread_mutex_timedlock(&mutex, &soon));
    }
    pthread_spinlock_t spin;
    pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
    pthread_spin_lock(&spin);
    say_error("spin", pthread_spin_trylock(&spin));
    pthread_rwlock_t both = PTHREAD_RWLOCK_INITIALIZER;
    pthread_rwlock_rdlock(&both);
    say_error("read too", pthread_rwlock_tryrdlock(&both));
    say_error("write", pthread_rwlock_trywrlock(&both));
}

static void *post_later(void *semaphore) {
    struct timespec t = {0, 10000000};
    nanosleep(&t, NULL);
    sem_post(semaphore);
    return NULL;
}

static void semaphores(void) {
    struct timespec soon;
    pthread_t thread;
    sem_t *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    sem_init(shared, 1, 0);
    pthread_create(&thread, NULL, post_later, shared);
    say("wait", sem_wait(shared));
    pthread_join(thread, NULL);
    clock_gettime(CLOCK_REALTIME, &soon);
    soon.tv_nsec += 20000000;
    if (soon.tv_nsec >= 1000000000) soon.tv_sec++, soon.tv_nsec -= 1000000000;
    say("wait too long", sem_timedwait(shared, &soon));
    sem_t *named = sem_open("/unideck-trial", O_CREAT | O_EXCL, 0600, 1);
    say("a name", named == SEM_FAILED ? -1 : 0);
    say("it is there", sem_open("/unideck-trial", O_CREAT | O_EXCL, 0600, 1) == SEM_FAILED ? -1 : 0);
    say("take", sem_trywait(named));
    say("take more", sem_trywait(named));
    say("remove", sem_unlink("/unideck-trial"));
}

static long futex(uint32_t *word, int operation, uint32_t value, void *time, uint32_t *second, uint32_t third) {
    return syscall(SYS_futex, word, operation, value, time, second, third);
}

static void words(void) {
    static uint32_t a = 5, b = 6;
    struct timespec brief = {0, 5000000};
    say("another value", futex(&a, WAIT, 4, NULL, NULL, 0));
    say("too long", futex(&a, WAIT, 5, &brief, NULL, 0));
    say("no bits", futex(&a, WAIT_BITSET, 5, &brief, NULL, 0));
    say("nobody", futex(&a, WAKE, 1, NULL, NULL, 0));
    say("move, but not the value", futex(&a, COMPARE_REQUEUE, 1, (void *)1, &b, 4));
    say("move nobody", futex(&a, COMPARE_REQUEUE, 1, (void *)1, &b, 5));
    say("add", futex(&a, WAKE_OP, 1, (void *)1, &b, ADD_3_IF_6));
    printf("%u\n", b);
    say("crooked", futex((uint32_t *)((char *)&a + 1), WAKE, 1, NULL, NULL, 0));
    say("membarrier", syscall(SYS_membarrier, 0, 0, 0) > 0);
}

static void records(void) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = 20};
    int fd = open("/tmp/unideck-records", O_CREAT | O_RDWR | O_TRUNC, 0600);
    say("lock", fcntl(fd, F_SETLK, &lock));
    say("lock and wait", fcntl(fd, F_SETLKW, &lock));
    say("ask", fcntl(fd, F_GETLK, &lock));
    printf("free for me %d\n", lock.l_type == F_UNLCK);
    lock.l_type = F_UNLCK;
    say("unlock", fcntl(fd, F_SETLK, &lock));
    lock.l_type = F_RDLCK;
    lock.l_pid = 0;
    say("its own", fcntl(fd, F_OFD_SETLK, &lock));
    lock.l_type = 77;
    say("no kind", fcntl(fd, F_SETLK, &lock));
    close(fd);
    unlink("/tmp/unideck-records");
}

static void scheduling(void) {
    struct sched_param p = {0};
    struct rlimit limit;
    cpu_set_t set;
    say("fifo", sched_get_priority_max(SCHED_FIFO));
    say("fifo", sched_get_priority_min(SCHED_FIFO));
    say("other", sched_get_priority_max(SCHED_OTHER));
    say("none", sched_get_priority_max(99));
    say("policy", sched_getscheduler(0));
    say("parameters", sched_getparam(0, &p));
    say("set", sched_setscheduler(0, SCHED_OTHER, &p));
    say("affinity", sched_getaffinity(0, sizeof set, &set) < 0 ? -1 : CPU_COUNT(&set) > 0);
    say("bind", sched_setaffinity(0, sizeof set, &set));
    CPU_ZERO(&set);
    say("bind to nothing", sched_setaffinity(0, sizeof set, &set));
    say("yield", sched_yield());
    say("nicer", setpriority(PRIO_PROCESS, 0, 5));
    say("nice", getpriority(PRIO_PROCESS, 0));
    say("nicer than can be", setpriority(PRIO_PROCESS, 0, 100));
    say("nice", getpriority(PRIO_PROCESS, 0));
    say("of nobody", getpriority(PRIO_PROCESS, 999999));
    say("by nothing", getpriority(7, 0));
    say("files", getrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_cur = 100;
    say("fewer", setrlimit(RLIMIT_NOFILE, &limit));
    say("too many", dup2(0, 100));
    limit.rlim_cur = limit.rlim_max + 1;
    say("more than allowed", setrlimit(RLIMIT_NOFILE, &limit));
    say("no limit", getrlimit(99, &limit));
    limit = (struct rlimit){4096, 8192};
    say("smaller queues", setrlimit(RLIMIT_MSGQUEUE, &limit));
    limit = (struct rlimit){0, 0};
    getrlimit(RLIMIT_MSGQUEUE, &limit);
    printf("%d %d\n", (int)limit.rlim_cur, (int)limit.rlim_max);
    say("new privileges", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    say("new privileges", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    say("slack", prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0));
    say("dumpable", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
    siginfo_t info;
    say("no children", waitid(P_ALL, 0, &info, WEXITED));
    say("no children", waitpid(-1, NULL, 0));
}

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    robust();
    kinds();
    semaphores();
    words();
    records();
    scheduling();
    return 0;
}
