// A client that goes out to a server of HTTP/1.1: what comes is counted and summed.
//
//   client ADDRESS PORT PATH BYTES            fetches PATH, of which the body has BYTES bytes (the low bytes of place ×
//   7) client ADDRESS PORT PATH BYTES COUNT      the same with COUNT connections, all open at the same time

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

struct fetch {
    int fd;
    char head[1024];
    size_t head_used;
    int in_body, is_asked, is_done, is_wrong;
    unsigned long long place;
};

static char request[256];
static unsigned long long wanted;

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void take_body(struct fetch *f, const unsigned char *bytes, size_t n) {
    for (size_t i = 0; i < n; i++, f->place++) f->is_wrong |= bytes[i] != (unsigned char)(f->place * 7);
}

static void take(struct fetch *f, const unsigned char *bytes, size_t n) {
    while (n > 0 && !f->in_body) {
        if (f->head_used == sizeof f->head) die("the head is too long");
        f->head[f->head_used++] = (char)*bytes++;
        n--;
        f->in_body = f->head_used >= 4 && memcmp(f->head + f->head_used - 4, "\r\n\r\n", 4) == 0;
    }
    take_body(f, bytes, n);
    f->is_done = f->in_body && f->place >= wanted;
}

static void go_on(struct fetch *f) {
    static unsigned char bytes[65536];
    if (!f->is_asked) {
        int error;
        socklen_t length = sizeof error;
        getsockopt(f->fd, SOL_SOCKET, SO_ERROR, &error, &length);
        errno = error;
        if (error || write(f->fd, request, strlen(request)) != (ssize_t)strlen(request)) die("connect");
        f->is_asked = 1;
        return;
    }
    ssize_t n = read(f->fd, bytes, sizeof bytes);
    if (n < 0 && errno != EAGAIN) die("read");
    if (n == 0) die("the end came too early");
    if (n > 0) take(f, bytes, (size_t)n);
}

int main(int count, char **arguments) {
    if (count < 5) return 2;
    int most = count > 5 ? atoi(arguments[5]) : 1, left = most, wrong = 0;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(arguments[2]))};
    struct fetch *fetches = calloc((size_t)most, sizeof *fetches);
    struct pollfd *polled = calloc((size_t)most, sizeof *polled);
    struct rlimit limit = {8192, 8192};
    setrlimit(RLIMIT_NOFILE, &limit);
    inet_pton(AF_INET, arguments[1], &to.sin_addr);
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", arguments[3], arguments[1]);
    wanted = strtoull(arguments[4], NULL, 0);
    for (int i = 0; i < most; i++) {
        fetches[i].fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        if (fetches[i].fd < 0) die("socket");
        if (connect(fetches[i].fd, (struct sockaddr *)&to, sizeof to) != 0 && errno != EINPROGRESS) die("connect");
    }
    while (left > 0) {
        for (int i = 0; i < most; i++) {
            polled[i] =
                (struct pollfd){fetches[i].is_done ? -1 : fetches[i].fd, fetches[i].is_asked ? POLLIN : POLLOUT, 0};
        }
        if (poll(polled, (nfds_t)most, 20000) <= 0) die("nothing comes");
        for (int i = 0; i < most; i++) {
            if (!polled[i].revents) continue;
            go_on(&fetches[i]);
            left -= fetches[i].is_done;
        }
    }
    for (int i = 0; i < most; i++) wrong += fetches[i].is_wrong || fetches[i].place != wanted;
    printf("%d of %d came whole\n", most - wrong, most);
    return wrong != 0;
}
