// What the guest programs about sockets of the Internet share.
#pragma once

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static inline void say(const char *what, long result) {
    if (result < 0) printf("%s: %s\n", what, strerror(errno));
    else printf("%s: %ld\n", what, result);
}

/// An address of the loopback that nobody else uses.
static inline struct sockaddr_in loopback(uint16_t port) {
    return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(0x7f1f0701)};
}

static inline struct sockaddr_in name_of(int s) {
    struct sockaddr_in a = {0};
    socklen_t n = sizeof a;
    getsockname(s, (struct sockaddr *)&a, &n);
    return a;
}

static inline void say_name(const char *what, int s) {
    struct sockaddr_in a = name_of(s);
    printf("%s: %s, port %s\n", what, inet_ntoa(a.sin_addr), a.sin_port ? "some" : "none");
}

static inline unsigned events_of(int s) {
    struct pollfd p = {s, POLLIN | POLLOUT | POLLRDHUP, 0};
    poll(&p, 1, 0);
    return (unsigned)p.revents;
}

static inline void events(const char *what, int s) { printf("%s: events %x\n", what, events_of(s)); }

/// Waits until poll says one of `events`, for ten seconds at most.
static inline void wait_for(int s, short events) {
    struct pollfd p = {s, events, 0};
    if (poll(&p, 1, 10000) != 1) printf("nothing came\n");
}

static inline long get_int(int s, int level, int option) {
    int value = -1;
    socklen_t n = sizeof value;
    return getsockopt(s, level, option, &value, &n) == 0 ? value : -1;
}
