// What busy programs do, all at once and for long: threads that come and go, files, pipes, epoll, mappings, signals,
// timers. Every step checks what it gets. After each round all is given back, and it is said how much memory is free.
//
//     mixed_load SECONDS
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { ROUND_SECONDS = 5, BLOCK = 30000, PIPE_BYTES = 300000, MAPPING = 1 << 20 };

static volatile int stop, caught;
static unsigned long steps[6];

#define must(claim) ((claim) ? (void)0 : fail(#claim, __LINE__))

static void fail(const char *claim, int line) {
    printf("line %d: not so: %s\n", line, claim);
    _exit(1);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void fill(uint8_t *bytes, size_t n, unsigned seed) {
    for (size_t i = 0; i < n; i++) bytes[i] = (uint8_t)(seed = seed * 1103515245 + 12345, seed >> 16);
}

static void *use_files(void *unused) {
    static uint8_t written[BLOCK], found[BLOCK];
    for (unsigned step = 0; !stop; step++, steps[0]++) {
        char name[64], other[64];
        struct stat s;
        snprintf(name, sizeof name, "/work/file-%u", step % 20);
        snprintf(other, sizeof other, "/work/moved-%u", step % 7);
        fill(written, BLOCK, step);
        int fd = open(name, O_CREAT | O_RDWR | O_TRUNC, 0644);
        must(fd >= 0 && write(fd, written, BLOCK) == BLOCK);
        if (step % 16 == 0) must(fsync(fd) == 0);
        must(pread(fd, found, BLOCK, 0) == BLOCK && memcmp(found, written, BLOCK) == 0);
        must(ftruncate(fd, 1000) == 0 && fstat(fd, &s) == 0 && s.st_size == 1000);
        must(rename(name, other) == 0 && access(name, F_OK) != 0);
        if (step % 3 == 0) must(unlink(other) == 0);
        must(close(fd) == 0);
    }
    return unused;
}

static int channel[2];

static void *write_pipe(void *unused) {
    static uint8_t bytes[PIPE_BYTES];
    fill(bytes, sizeof bytes, 1);
    for (size_t at = 0; at < sizeof bytes;) {
        ssize_t n = write(channel[1], bytes + at, sizeof bytes - at);
        must(n > 0);
        at += (size_t)n;
    }
    close(channel[1]);
    return unused;
}

static void *use_pipes(void *unused) {
    static uint8_t wanted[PIPE_BYTES], found[PIPE_BYTES];
    fill(wanted, sizeof wanted, 1);
    for (; !stop; steps[1]++) {
        pthread_t writer;
        size_t at = 0;
        must(pipe(channel) == 0 && pthread_create(&writer, NULL, write_pipe, NULL) == 0);
        for (ssize_t n; (n = read(channel[0], found + at, sizeof found - at)) > 0;) at += (size_t)n;
        must(at == sizeof found && memcmp(found, wanted, at) == 0);
        pthread_join(writer, NULL);
        close(channel[0]);
    }
    return unused;
}

static void *use_epoll(void *unused) {
    for (; !stop; steps[2]++) {
        int epoll = epoll_create1(0), events = eventfd(0, EFD_NONBLOCK), timer = timerfd_create(CLOCK_MONOTONIC, 0);
        const struct itimerspec soon = {{0, 0}, {0, 2000000}};
        int is_counted = 0, has_expired = 0;
        must(epoll >= 0 && events >= 0 && timer >= 0 && timerfd_settime(timer, 0, &soon, NULL) == 0);
        must(epoll_ctl(epoll, EPOLL_CTL_ADD, events, &(struct epoll_event){.events = EPOLLIN, .data.fd = events}) == 0);
        must(epoll_ctl(epoll, EPOLL_CTL_ADD, timer,
                       &(struct epoll_event){.events = EPOLLIN | EPOLLET, .data.fd = timer}) == 0);
        must(eventfd_write(events, 3) == 0);
        while (!is_counted || !has_expired) {
            struct epoll_event ready[4];
            uint64_t count = 0;
            int n = epoll_wait(epoll, ready, 4, 10000);
            must(n > 0);
            for (int i = 0; i < n; i++) {
                must(read(ready[i].data.fd, &count, sizeof count) == sizeof count);
                if (ready[i].data.fd == events) is_counted = count == 3;
                else has_expired = count == 1;
            }
        }
        must(close(events) == 0 && close(timer) == 0 && close(epoll) == 0);
    }
    return unused;
}

static void *use_memory(void *unused) {
    for (unsigned step = 0; !stop; step++, steps[3]++) {
        uint8_t *at = mmap(NULL, MAPPING, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        must(at != MAP_FAILED && at[step % MAPPING] == 0);
        for (int i = 0; i < MAPPING; i += 4096) at[i] = (uint8_t)step;
        at = mremap(at, MAPPING, 2 * MAPPING, MREMAP_MAYMOVE);
        must(at != MAP_FAILED && at[MAPPING - 4096] == (uint8_t)step && at[MAPPING] == 0);
        must(mprotect(at, MAPPING, PROT_READ) == 0 && munmap(at + MAPPING / 2, MAPPING) == 0);
        must(munmap(at, MAPPING / 2) == 0 && munmap(at + MAPPING / 2 + MAPPING, MAPPING / 2) == 0);
        uint8_t *block = malloc(50000 + step % 400000);
        must(block != NULL);
        memset(block, 1, 50000);
        free(block);
    }
    return unused;
}

static void *do_nothing(void *argument) { return argument; }

static void *use_threads(void *unused) {
    for (; !stop; steps[4]++) {
        pthread_t many[8];
        for (intptr_t i = 0; i < 8; i++) must(pthread_create(&many[i], NULL, do_nothing, (void *)i) == 0);
        for (intptr_t i = 0; i < 8; i++) {
            void *result;
            must(pthread_join(many[i], &result) == 0 && result == (void *)i);
        }
    }
    return unused;
}

static void on_signal(int number) {
    (void)number;
    caught++;
}

static void *use_signals(void *unused) {
    for (; !stop; steps[5]++) {
        timer_t timer;
        struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 1};
        int before = caught;
        must(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
        must(timer_settime(timer, 0, &(struct itimerspec){{0, 0}, {0, 1000000}}, NULL) == 0);
        must(pthread_kill(pthread_self(), SIGUSR1) == 0);
        while (caught < before + 2) nanosleep(&(struct timespec){0, 500000}, NULL);
        must(timer_delete(timer) == 0);
    }
    return unused;
}

static void one_round(unsigned number) {
    static void *(*const kinds[])(void *) = {use_files, use_pipes, use_epoll, use_memory, use_threads, use_signals};
    enum { KINDS = sizeof kinds / sizeof *kinds };
    pthread_t threads[KINDS];
    struct sysinfo memory;
    sigset_t all;
    sigfillset(&all);
    stop = 0;
    // Signals are for the last of them alone: in the others they would cut reads short.
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    for (int i = 0; i < KINDS; i++) {
        if (i == KINDS - 1) pthread_sigmask(SIG_UNBLOCK, &all, NULL);
        must(pthread_create(&threads[i], NULL, kinds[i], NULL) == 0);
        pthread_sigmask(SIG_SETMASK, &all, NULL);
    }
    for (double end = now() + ROUND_SECONDS; now() < end;) nanosleep(&(struct timespec){0, 50000000}, NULL);
    stop = 1;
    for (int i = 0; i < KINDS; i++) pthread_join(threads[i], NULL);
    for (int i = 0; i < 20; i++) {
        char name[64];
        snprintf(name, sizeof name, "/work/moved-%d", i);
        unlink(name);
    }
    sync();
    sysinfo(&memory);
    printf("round %u: %lu KiB free; files %lu, pipes %lu, epoll %lu, memory %lu, threads %lu, signals %lu\n", number,
           memory.freeram >> 10, steps[0], steps[1], steps[2], steps[3], steps[4], steps[5]);
}

int main(int argc, char **argv) {
    double end = now() + (argc > 1 ? atof(argv[1]) : 1);
    setvbuf(stdout, NULL, _IOLBF, 4096);
    mkdir("/work", 0755);
    sigaction(SIGUSR1, &(struct sigaction){.sa_handler = on_signal}, NULL);
    sigaction(SIGRTMIN + 1, &(struct sigaction){.sa_handler = on_signal}, NULL);
    for (unsigned round = 1; now() < end; round++) one_round(round);
    printf("done\n");
    return 0;
}
