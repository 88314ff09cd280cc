// Locks on files between separate opens in one program: flock, open-file locks (OFD) and record locks.
#include "checks.h"
#include <pthread.h>
#include <sys/file.h>
#include <sys/stat.h>

static int a, b, again;

static int lock(int fd, int command, short type, off_t start, off_t length) {
    struct flock f = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    return fcntl(fd, command, &f);
}

/// What is in the way of a lock.
static void show(int fd, int command, short type, off_t start, off_t length) {
    struct flock f = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    int result = fcntl(fd, command, &f);
    printf("get %d %ld+%ld: %d", type, (long)start, (long)length, result);
    if (result == 0 && f.l_type != F_UNLCK) printf(", %d %ld+%ld", f.l_type, (long)f.l_start, (long)f.l_len);
    if (result == 0 && f.l_type != F_UNLCK)
        printf(" %s", f.l_pid == getpid() ? "mine" : f.l_pid == -1 ? "nobody's" : "another's");
    printf("\n");
}

static void whole_files(void) {
    CHECK(flock(a, LOCK_EX | LOCK_NB));
    CHECK(flock(b, LOCK_EX | LOCK_NB));
    CHECK(flock(b, LOCK_SH | LOCK_NB));
    CHECK(flock(again, LOCK_EX | LOCK_NB));
    CHECK(flock(a, LOCK_SH | LOCK_NB));
    CHECK(flock(b, LOCK_SH | LOCK_NB));
    CHECK(flock(a, LOCK_EX | LOCK_NB));
    // That gave back what it had.
    CHECK(flock(b, LOCK_EX | LOCK_NB));
    CHECK(flock(b, LOCK_UN));
    CHECK(flock(b, LOCK_UN));
    CHECK(flock(a, LOCK_EX));
    CHECK(lock(b, F_OFD_SETLK, F_WRLCK, 0, 0));
    CHECK(lock(b, F_OFD_SETLK, F_UNLCK, 0, 0));
    int third = open("locked", O_RDONLY);
    CHECK(flock(third, LOCK_EX | LOCK_NB));
    close(again);
    CHECK(flock(third, LOCK_EX | LOCK_NB));
    again = dup(a);
    close(a);
    CHECK(flock(third, LOCK_EX | LOCK_NB));
    a = again;
    again = dup(a);
    CHECK(flock(again, LOCK_UN));
    CHECK(flock(third, LOCK_EX | LOCK_NB));
    close(third);
    CHECK(flock(b, LOCK_EX | LOCK_NB));
    CHECK(flock(b, LOCK_UN));
    int pair[2];
    CHECK(pipe(pair));
    CHECK(flock(pair[0], LOCK_EX | LOCK_NB));
    CHECK(flock(pair[1], LOCK_EX | LOCK_NB));
    close(pair[0]), close(pair[1]);
}

static void ranges(void) {
    CHECK(lock(a, F_OFD_SETLK, F_WRLCK, 10, 10));
    CHECK(lock(b, F_OFD_SETLK, F_WRLCK, 0, 10));
    CHECK(lock(b, F_OFD_SETLK, F_WRLCK, 9, 2));
    CHECK(lock(b, F_OFD_SETLK, F_RDLCK, 19, 1));
    CHECK(lock(b, F_OFD_SETLK, F_RDLCK, 20, 0));
    show(b, F_OFD_GETLK, F_RDLCK, 0, 0);
    show(a, F_OFD_GETLK, F_WRLCK, 0, 0);
    show(a, F_OFD_GETLK, F_RDLCK, 15, 100);
    show(a, F_OFD_GETLK, F_RDLCK, 0, 5);
    show(a, F_GETLK, F_RDLCK, 12, 1);
    CHECK(lock(a, F_SETLK, F_RDLCK, 12, 1));
    CHECK(lock(a, F_SETLK, F_RDLCK, 30, 5));
    CHECK(lock(a, F_SETLK, F_WRLCK, 30, 5));
    // The middle of one: there are two now.
    CHECK(lock(a, F_OFD_SETLK, F_UNLCK, 13, 3));
    show(b, F_OFD_GETLK, F_WRLCK, 11, 100);
    show(b, F_OFD_GETLK, F_WRLCK, 13, 3);
    show(b, F_OFD_GETLK, F_WRLCK, 14, 100);
    // And one again, of what is joined; with another type within.
    CHECK(lock(a, F_OFD_SETLK, F_WRLCK, 13, 3));
    show(b, F_OFD_GETLK, F_WRLCK, 10, 100);
    CHECK(lock(a, F_OFD_SETLK, F_RDLCK, 14, 2));
    show(b, F_OFD_GETLK, F_RDLCK, 14, 2);
    show(b, F_OFD_GETLK, F_WRLCK, 14, 2);
    show(b, F_OFD_GETLK, F_RDLCK, 16, 2);
    CHECK(lock(a, F_OFD_SETLK, F_UNLCK, 0, 0));
    show(b, F_OFD_GETLK, F_WRLCK, 10, 9);
    // Record locks are the program's: they never conflict with each other, only with those of open files.
    CHECK(lock(b, F_OFD_SETLK, F_UNLCK, 0, 0));
    CHECK(lock(a, F_SETLK, F_WRLCK, 100, 10));
    CHECK(lock(b, F_SETLK, F_WRLCK, 100, 10));
    show(b, F_GETLK, F_WRLCK, 100, 10);
    show(b, F_OFD_GETLK, F_WRLCK, 105, 1);
    CHECK(lock(b, F_OFD_SETLK, F_RDLCK, 105, 1));
    int third = open("locked", O_RDWR);
    // Any descriptor of the file that is closed takes them away.
    close(third);
    CHECK(lock(b, F_OFD_SETLK, F_RDLCK, 105, 1));
    CHECK(lock(b, F_OFD_SETLK, F_UNLCK, 105, 1));
    third = open("locked", O_RDWR);
    CHECK(lock(third, F_OFD_SETLK, F_WRLCK, 0, 0));
    int fourth = dup(third);
    close(third);
    CHECK(lock(b, F_OFD_SETLK, F_RDLCK, 105, 1));
    CHECK(dup2(a, fourth) == fourth);
    CHECK(lock(b, F_OFD_SETLK, F_RDLCK, 105, 1));
    CHECK(lock(b, F_OFD_SETLK, F_UNLCK, 105, 1));
    close(fourth);
}

static void refusals(void) {
    int reads = open("locked", O_RDONLY), writes = open("locked", O_WRONLY), path = open("locked", O_PATH);
    struct flock f = {.l_type = F_WRLCK, .l_pid = 1};
    CHECK(lock(reads, F_SETLK, F_WRLCK, 0, 1));
    CHECK(lock(reads, F_OFD_SETLK, F_WRLCK, 0, 1));
    CHECK(lock(writes, F_SETLK, F_RDLCK, 0, 1));
    CHECK(lock(reads, F_GETLK, F_WRLCK, 0, 1));
    CHECK(lock(path, F_SETLK, F_RDLCK, 0, 1));
    CHECK(flock(path, LOCK_SH));
    CHECK(flock(reads, LOCK_EX | LOCK_NB));
    CHECK(flock(reads, LOCK_UN));
    CHECK(lock(999, F_SETLK, F_RDLCK, 0, 1));
    CHECK(lock(a, F_SETLK, 3, 0, 1));
    CHECK(lock(a, F_GETLK, F_UNLCK, 0, 1));
    CHECK(lock(a, F_OFD_GETLK, F_UNLCK, 0, 1));
    CHECK(fcntl(a, F_OFD_SETLK, &f));
    CHECK(fcntl(a, F_OFD_GETLK, &f));
    CHECK(fcntl(a, F_SETLK, NOWHERE));
    CHECK(fcntl(a, F_GETLK, NOWHERE));
    f.l_pid = 0;
    f.l_whence = 3;
    CHECK(fcntl(a, F_SETLK, &f));
    f.l_whence = SEEK_SET;
    CHECK(lock(a, F_SETLK, F_WRLCK, -1, 1));
    CHECK(lock(a, F_SETLK, F_WRLCK, 5, -6));
    CHECK(lock(a, F_SETLK, F_WRLCK, 5, -5));
    CHECK(lock(a, F_SETLK, F_UNLCK, 0, 0));
    CHECK(lock(a, F_SETLK, F_WRLCK, LLONG_MAX, 1));
    CHECK(lock(a, F_SETLK, F_WRLCK, LLONG_MAX, 2));
    CHECK(lock(a, F_SETLK, F_UNLCK, 0, 0));
    CHECK(ftruncate(a, 100));
    CHECK(lseek(a, 50, SEEK_SET));
    f = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_CUR, .l_start = -10, .l_len = 5};
    CHECK(fcntl(a, F_OFD_SETLK, &f));
    f = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_END, .l_start = -10, .l_len = -5};
    CHECK(fcntl(a, F_OFD_SETLK, &f));
    show(b, F_OFD_GETLK, F_RDLCK, 0, 0);
    show(b, F_OFD_GETLK, F_RDLCK, 60, 0);
    f = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_END, .l_start = -101};
    CHECK(fcntl(a, F_OFD_SETLK, &f));
    f = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_END, .l_start = LLONG_MAX};
    CHECK(fcntl(a, F_OFD_SETLK, &f));
    CHECK(lock(a, F_OFD_SETLK, F_UNLCK, 0, 0));
    close(reads), close(writes), close(path);
}

static volatile int order;

static void *wait_for_lock(void *how) {
    int fd = open("locked", O_RDWR);
    int result = how ? flock(fd, LOCK_EX) : lock(fd, F_OFD_SETLKW, F_WRLCK, 0, 0);
    printf("waited: %d, then %d\n", result, order);
    close(fd);
    return NULL;
}

static void interrupted(int signal) { (void)signal; }

/// Who waits gets the lock when it is given back, or a signal.
static void waiting(void) {
    for (intptr_t whole = 0; whole < 2; whole++) {
        pthread_t thread;
        order = 1;
        if (whole) flock(a, LOCK_EX);
        else lock(a, F_OFD_SETLK, F_WRLCK, 0, 0);
        pthread_create(&thread, NULL, wait_for_lock, (void *)whole);
        for (int i = 0; i < 1000; i++) sched_yield();
        order = 2;
        if (whole) flock(a, LOCK_UN);
        else lock(a, F_OFD_SETLK, F_UNLCK, 0, 0);
        pthread_join(thread, NULL);
    }
    struct sigaction action = {.sa_handler = interrupted};
    sigaction(SIGALRM, &action, NULL);
    timer_t timer;
    struct itimerspec soon = {.it_value = {0, 20000000}, .it_interval = {0, 20000000}}, off = {0};
    timer_create(CLOCK_MONOTONIC, NULL, &timer);
    CHECK(flock(a, LOCK_EX));
    CHECK(lock(a, F_OFD_SETLK, F_WRLCK, 0, 0));
    timer_settime(timer, 0, &soon, NULL);
    CHECK(flock(b, LOCK_SH));
    CHECK(lock(b, F_OFD_SETLKW, F_RDLCK, 0, 0));
    CHECK(lock(b, F_SETLKW, F_RDLCK, 0, 0));
    timer_settime(timer, 0, &off, NULL);
    timer_delete(timer);
}

int main(int argc, char **argv) {
    if (argc < 2 || (mkdir(argv[1], 0700) != 0 && errno != EEXIST) || chdir(argv[1]) != 0) return 1;
    setvbuf(stdout, NULL, _IOFBF, 1 << 16);
    a = open("locked", O_RDWR | O_CREAT, 0600);
    b = open("locked", O_RDWR);
    again = dup(a);
    whole_files();
    ranges();
    refusals();
    waiting();
    return 0;
}
