// Waiting for many things: pipes, eventfd, timerfd, and epoll over all of them.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static void say(const char *what, long result) {
    if (result < 0) printf("%s: %s\n", what, strerror(errno));
    else printf("%s: %ld\n", what, result);
}

static char buffer[200000];

static void pipes(void) {
    int p[2], available;
    say("pipe2", pipe2(p, O_NONBLOCK | O_CLOEXEC));
    say("read from an empty one", read(p[0], buffer, 10));
    say("its size", fcntl(p[1], F_GETPIPE_SZ));
    say("fill it", write(p[1], buffer, sizeof buffer));
    say("write to a full one", write(p[1], buffer, 1));
    say("make it larger", fcntl(p[1], F_SETPIPE_SZ, 100000));
    say("write more", write(p[1], "tail", 4));
    ioctl(p[0], FIONREAD, &available);
    printf("available %d\n", available);
    say("make it too small", fcntl(p[1], F_SETPIPE_SZ, 4096));
    say("read", read(p[0], buffer, 65536));
    say("read the rest", read(p[0], buffer, 65536));
    printf("%.4s\n", buffer);
    close(p[1]);
    say("read after the writer is gone", read(p[0], buffer, 10));
    struct pollfd f = {p[0], POLLIN, 0};
    say("poll", poll(&f, 1, 0));
    printf("events %x\n", f.revents);
    close(p[0]);
    signal(SIGPIPE, SIG_IGN);
    pipe(p);
    close(p[0]);
    say("write without a reader", write(p[1], "x", 1));
    close(p[1]);
}

static void counters(void) {
    uint64_t n = 5;
    int e = eventfd(3, EFD_NONBLOCK), s = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
    say("add", write(e, &n, 8));
    say("read", read(e, &n, 8));
    printf("count %d\n", (int)n);
    say("read again", read(e, &n, 8));
    n = UINT64_MAX - 1;
    say("fill", write(e, &n, 8));
    n = 1;
    say("one too many", write(e, &n, 8));
    say("too short", read(e, &n, 4));
    say("semaphore", read(s, &n, 8));
    printf("took %d\n", (int)n);
    say("again", read(s, &n, 8));
    say("and again", read(s, &n, 8));
    close(e);
    close(s);
}

static void wait_for(int ep, int ms) {
    struct epoll_event events[8];
    int n = epoll_wait(ep, events, 8, ms);
    unsigned long all = 0;
    unsigned bits = 0;
    for (int i = 0; i < n; i++) {
        all = all * 10 + events[i].data.u64;
        bits |= events[i].events;
    }
    printf("  %d ready: %lu, %x\n", n, all, bits);
}

static void polling(void) {
    int p[2], ep = epoll_create1(EPOLL_CLOEXEC), e = eventfd(0, EFD_NONBLOCK), outer = epoll_create(1);
    uint64_t n = 1;
    pipe(p);
    struct epoll_event in = {.events = EPOLLIN, .data.u64 = 1};
    say("add", epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &in));
    say("add again", epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &in));
    wait_for(ep, 0);
    write(p[1], "abc", 3);
    printf("level-triggered\n");
    wait_for(ep, -1);
    wait_for(ep, 0);
    printf("edge-triggered\n");
    struct epoll_event edge = {.events = EPOLLIN | EPOLLET, .data.u64 = 2};
    say("modify", epoll_ctl(ep, EPOLL_CTL_MOD, p[0], &edge));
    wait_for(ep, 0);
    wait_for(ep, 0);
    write(p[1], "d", 1);
    wait_for(ep, 0);
    printf("one shot\n");
    struct epoll_event once = {.events = EPOLLIN | EPOLLONESHOT, .data.u64 = 3};
    epoll_ctl(ep, EPOLL_CTL_MOD, p[0], &once);
    wait_for(ep, 0);
    write(p[1], "e", 1);
    wait_for(ep, 0);
    epoll_ctl(ep, EPOLL_CTL_MOD, p[0], &once);
    wait_for(ep, 0);
    printf("two of them\n");
    in.data.u64 = 4;
    epoll_ctl(ep, EPOLL_CTL_MOD, p[0], &in);
    in.data.u64 = 5;
    epoll_ctl(ep, EPOLL_CTL_ADD, e, &in);
    wait_for(ep, 0);
    write(e, &n, 8);
    wait_for(ep, 0);
    printf("nested\n");
    in.data.u64 = 6;
    say("add an epoll", epoll_ctl(outer, EPOLL_CTL_ADD, ep, &in));
    say("a circle", epoll_ctl(ep, EPOLL_CTL_ADD, outer, &in));
    say("itself", epoll_ctl(ep, EPOLL_CTL_ADD, ep, &in));
    wait_for(outer, 0);
    read(p[0], buffer, 100);
    read(e, &n, 8);
    wait_for(outer, 0);
    write(e, &n, 8);
    wait_for(outer, -1);
    printf("the writer goes\n");
    read(e, &n, 8);
    close(p[1]);
    wait_for(ep, 0);
    close(p[0]);
    printf("closed files are forgotten\n");
    wait_for(ep, 0);
    int file = open("/proc/self/exe", O_RDONLY);
    say("a regular file", epoll_ctl(ep, EPOLL_CTL_ADD, file, &in));
    say("nothing", epoll_ctl(ep, EPOLL_CTL_DEL, 99, &in));
    say("not watched", epoll_ctl(ep, EPOLL_CTL_DEL, file, &in));
    say("no epoll", epoll_wait(file, (struct epoll_event[1]){0}, 1, 0));
    struct pollfd f = {ep, POLLIN, 0};
    say("poll of an epoll", poll(&f, 1, 0));
    write(e, &n, 8);
    say("poll of an epoll", poll(&f, 1, 1000));
    close(ep);
    close(outer);
    close(e);
    close(file);
}

static long ms_since(const struct timespec *from) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (now.tv_sec - from->tv_sec) * 1000 + (now.tv_nsec - from->tv_nsec) / 1000000;
}

static void timers(void) {
    uint64_t n;
    struct timespec start;
    struct itimerspec left, once = {.it_value = {0, 30000000}}, often = {{0, 10000000}, {0, 10000000}};
    int t = timerfd_create(CLOCK_MONOTONIC, 0);
    clock_gettime(CLOCK_MONOTONIC, &start);
    say("set", timerfd_settime(t, 0, &once, NULL));
    timerfd_gettime(t, &left);
    printf("less is left: %d\n", left.it_value.tv_nsec > 0 && left.it_value.tv_nsec <= 30000000);
    say("read", read(t, &n, 8));
    printf("rang %d, not too early: %d\n", (int)n, ms_since(&start) >= 30);
    say("set an interval", timerfd_settime(t, 0, &often, NULL));
    usleep(55000);
    read(t, &n, 8);
    printf("at least five: %d\n", n >= 5);
    struct pollfd f = {t, POLLIN, 0};
    say("poll", poll(&f, 1, 1000));
    memset(&often, 0, sizeof often);
    say("stop", timerfd_settime(t, 0, &often, &left));
    printf("it had an interval of %ld ms\n", left.it_interval.tv_nsec / 1000000);
    say("poll", poll(&f, 1, 20));
    struct itimerspec longest = {{INT64_MAX, 999999999}, {0, 1000000}}, shortest = {{0, 1}, {0, 1}};
    timerfd_settime(t, 0, &longest, NULL);
    read(t, &n, 8);
    printf("rang %d, and not again: %d\n", (int)n, poll(&f, 1, 20) == 0);
    timerfd_settime(t, 0, &shortest, NULL);
    usleep(10000);
    read(t, &n, 8);
    printf("as often as nanoseconds went by: %d\n", n >= 10000000);
    close(t);
    t = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK);
    say("read one that is not set", read(t, &n, 8));
    struct itimerspec past = {.it_value = {1, 0}};
    say("set to the past", timerfd_settime(t, TFD_TIMER_ABSTIME, &past, NULL));
    f.fd = t;
    say("poll", poll(&f, 1, 1000));
    close(t);
    say("a clock that is not there", timerfd_create(99, 0));
}

static void selecting(void) {
    int p[2];
    fd_set in, out;
    struct timeval none = {0, 0};
    pipe(p);
    FD_ZERO(&in);
    FD_ZERO(&out);
    FD_SET(p[0], &in);
    FD_SET(p[1], &out);
    say("select", select(p[1] + 1, &in, &out, NULL, &none));
    printf("in %d, out %d\n", FD_ISSET(p[0], &in) != 0, FD_ISSET(p[1], &out) != 0);
    write(p[1], "x", 1);
    FD_SET(p[0], &in);
    say("select", select(p[0] + 1, &in, NULL, NULL, NULL));
    struct pollfd f[3] = {{p[0], POLLIN, 0}, {-1, POLLIN, 0}, {500, POLLIN, 0}};
    say("poll", poll(f, 3, -1));
    printf("%x %x %x\n", f[0].revents, f[1].revents, f[2].revents);
    close(p[0]);
    close(p[1]);
}

static void memory_files(void) {
    int m = memfd_create("scratch", MFD_ALLOW_SEALING | MFD_CLOEXEC), p[2];
    char link[64], target[64] = "";
    say("write", write(m, "in memory", 9));
    snprintf(link, sizeof link, "/proc/self/fd/%d", m);
    readlink(link, target, sizeof target - 1);
    printf("%s\n", target);
    say("seals", fcntl(m, F_GET_SEALS));
    say("seal", fcntl(m, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK));
    say("grow", ftruncate(m, 100));
    say("shrink", ftruncate(m, 1));
    say("change", pwrite(m, "IN", 2, 0));
    say("seal writing", fcntl(m, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL));
    say("change", pwrite(m, "in", 2, 0));
    say("seal", fcntl(m, F_ADD_SEALS, F_SEAL_GROW));
    pipe(p);
    off_t at = 3;
    say("sendfile", sendfile(p[1], m, &at, 100));
    printf("at %d\n", (int)at);
    int out = memfd_create("copy", 0);
    say("splice", splice(p[0], NULL, out, NULL, 100, 0));
    say("splice from an empty pipe", splice(p[0], NULL, out, NULL, 100, SPLICE_F_NONBLOCK));
    say("read", pread(out, buffer, 100, 0));
    printf("%.6s\n", buffer);
    say("splice of two files", splice(m, NULL, out, NULL, 1, 0));
    close(m);
    close(out);
    close(p[0]);
    close(p[1]);
}

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    pipes();
    counters();
    polling();
    timers();
    selecting();
    memory_files();
    return 0;
}
