// Being told: inotify of what happens in a folder, and signals that are read from a signalfd.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void say(const char *what, long result) {
    if (result < 0) printf("%s: %s\n", what, strerror(errno));
    else printf("%s: %ld\n", what, result);
}

static const char *const event_names[] = {"access", "modify", "attributes",  "close-write",
                                          "close",  "open",   "moved-from",  "moved-to",
                                          "create", "delete", "delete-self", "move-self"};

static void events(const char *what, int fd) {
    static char buffer[65536] __attribute__((aligned(8)));
    static uint32_t cookies[2];
    printf("%s\n", what);
    ssize_t n;
    while ((n = read(fd, buffer, sizeof buffer)) > 0) {
        for (ssize_t at = 0; at < n;) {
            const struct inotify_event *e = (const void *)(buffer + at);
            printf("  %d", e->wd);
            for (int i = 0; i < 12; i++) {
                if (e->mask & 1u << i) printf(" %s", event_names[i]);
            }
            if (e->mask & ~0xfffu) printf(" %x", e->mask & ~0xfffu);
            printf(" %s %d\n", e->len ? e->name : "-", (int)e->len);
            if (e->mask & IN_MOVED_FROM) cookies[0] = e->cookie;
            if (e->mask & IN_MOVED_TO) {
                cookies[1] = e->cookie;
                printf("  one rename: %d\n", cookies[0] == cookies[1] && cookies[0] != 0);
            }
            at += (ssize_t)(sizeof *e + e->len);
        }
    }
    if (errno != EAGAIN) say("read", n);
}

static void write_file(const char *path, const char *text, int flags) {
    int fd = open(path, O_WRONLY | O_CREAT | flags, 0644);
    if (*text) write(fd, text, strlen(text));
    close(fd);
}

static void folders(void) {
    char text[16];
    struct stat s;
    struct timespec times[2] = {{1, 0}, {2, 0}}, only_modified[2] = {{0, UTIME_OMIT}, {3, 0}};
    int n = inotify_init1(IN_NONBLOCK | IN_CLOEXEC), available;
    mkdir("watched", 0755);
    mkdir("other", 0755);
    say("watch", inotify_add_watch(n, "watched", IN_ALL_EVENTS));
    say("watch it again", inotify_add_watch(n, "watched", IN_ALL_EVENTS | IN_ONLYDIR));
    say("but make a new one", inotify_add_watch(n, "watched", IN_ALL_EVENTS | IN_MASK_CREATE));
    say("for nothing", inotify_add_watch(n, "watched", 0));
    say("what is not there", inotify_add_watch(n, "missing", IN_ALL_EVENTS));
    events("nothing yet", n);
    write_file("watched/a", "text", 0);
    ioctl(n, FIONREAD, &available);
    printf("available %d\n", available);
    say("too small a buffer", read(n, text, sizeof text));
    struct pollfd f = {n, POLLIN, 0};
    say("poll", poll(&f, 1, 1000));
    events("a file is made", n);
    int fd = open("watched/a", O_RDONLY);
    read(fd, text, 2);
    read(fd, text, 2);
    read(fd, text, 2);
    close(fd);
    events("read", n);
    truncate("watched/a", 10);
    events("truncated", n);
    chmod("watched/a", 0600);
    utimensat(AT_FDCWD, "watched/a", times, 0);
    utimensat(AT_FDCWD, "watched/a", only_modified, 0);
    stat("watched/a", &s);
    events("attributes", n);
    mkdir("watched/folder", 0755);
    symlink("a", "watched/link");
    link("watched/a", "watched/a2");
    events("names", n);
    rename("watched/a", "watched/b");
    rename("watched/b", "other/b");
    rename("other/b", "watched/c");
    rename("watched/folder", "watched/f2");
    events("renamed", n);
    unlink("watched/link");
    rmdir("watched/f2");
    rename("watched/a2", "watched/c");
    events("two names of one file are not renamed over each other", n);
    say("a file", inotify_add_watch(n, "watched/c", IN_ALL_EVENTS));
    write_file("watched/c", "more", O_APPEND);
    events("twice", n);
    fd = open("watched/c", O_RDONLY);
    unlink("watched/a2");
    unlink("watched/c");
    events("an open file is removed", n);
    close(fd);
    events("and closed", n);
    write_file("watched/d", "", 0);
    say("once", inotify_add_watch(n, "watched/d", IN_MODIFY | IN_ONESHOT));
    write_file("watched/d", "1", 0);
    write_file("watched/d", "2", 0);
    unlink("watched/d");
    events("one shot", n);
    say("end it", inotify_rm_watch(n, 1));
    say("end what is not there", inotify_rm_watch(n, 1));
    write_file("watched/e", "", 0);
    unlink("watched/e");
    events("nobody watches", n);
    say("the folder", inotify_add_watch(n, "watched", IN_DELETE_SELF | IN_MOVE_SELF));
    rename("watched", "moved");
    rmdir("moved");
    events("it is removed", n);
    rmdir("other");
    close(n);
    say("not one", inotify_add_watch(0, ".", IN_ALL_EVENTS));
}

static void *send_later(void *to) {
    struct timespec t = {0, 20000000};
    nanosleep(&t, NULL);
    pthread_kill(*(pthread_t *)to, SIGUSR1);
    return NULL;
}

static void signals(void) {
    struct signalfd_siginfo info[4];
    sigset_t set, other;
    pthread_t thread, self = pthread_self();
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGRTMIN + 3);
    sigprocmask(SIG_BLOCK, &set, NULL);
    int s = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    say("nothing", read(s, info, sizeof info));
    kill(getpid(), SIGUSR1);
    sigqueue(getpid(), SIGRTMIN + 3, (union sigval){.sival_int = 77});
    sigqueue(getpid(), SIGRTMIN + 3, (union sigval){.sival_int = 78});
    struct pollfd f = {s, POLLIN, 0};
    say("poll", poll(&f, 1, 1000));
    say("too short", read(s, info, 100));
    ssize_t n = read(s, info, sizeof info);
    for (ssize_t i = 0; i < n / (ssize_t)sizeof *info; i++) {
        printf("signal %d, code %d, mine %d, value %d\n",
               info[i].ssi_signo == SIGUSR1 ? 1 : (int)info[i].ssi_signo - SIGRTMIN, info[i].ssi_code,
               info[i].ssi_pid == (uint32_t)getpid(), info[i].ssi_int);
    }
    say("all were read", read(s, info, sizeof info));
    say("poll", poll(&f, 1, 0));
    sigemptyset(&other);
    sigaddset(&other, SIGUSR2);
    sigprocmask(SIG_BLOCK, &other, NULL);
    kill(getpid(), SIGUSR2);
    say("one that is not wanted", read(s, info, sizeof info));
    say("want it", signalfd(s, &other, 0) == s);
    n = read(s, info, sizeof info);
    printf("%d: signal %d\n", (int)n, (int)info[0].ssi_signo);
    signalfd(s, &set, 0);
    int ep = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = 9};
    epoll_ctl(ep, EPOLL_CTL_ADD, s, &event);
    say("epoll", epoll_wait(ep, &event, 1, 0));
    pthread_create(&thread, NULL, send_later, &self);
    say("epoll waits", epoll_wait(ep, &event, 1, 20000));
    pthread_join(thread, NULL);
    n = read(s, info, sizeof info);
    printf("%d: by a thread %d\n", (int)n, info[0].ssi_code == SI_TKILL);
    fcntl(s, F_SETFL, 0);
    pthread_create(&thread, NULL, send_later, &self);
    say("read waits", read(s, info, sizeof info));
    pthread_join(thread, NULL);
    timer_t timer;
    struct sigevent notify = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 3, .sigev_value.sival_int = 5};
    struct itimerspec soon = {.it_value = {0, 1000000}};
    timer_create(CLOCK_MONOTONIC, &notify, &timer);
    timer_settime(timer, 0, &soon, NULL);
    read(s, info, sizeof info);
    printf("a timer: %d, %d, %d\n", info[0].ssi_code == SI_TIMER, info[0].ssi_int, (int)info[0].ssi_overrun);
    timer_delete(timer);
    say("not one", signalfd(0, &set, 0));
    close(ep);
    close(s);
}

int main(int argc, char **argv) {
    const char *folder = argc > 1 ? argv[1] : "/work";
    setvbuf(stdout, NULL, _IOLBF, 0);
    mkdir(folder, 0755);
    if (chdir(folder) != 0) {
        say(folder, -1);
        return 1;
    }
    folders();
    signals();
    return 0;
}
