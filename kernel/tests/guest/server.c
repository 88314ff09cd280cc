// An HTTP server of one thread on epoll, with an echo of datagrams beside it.
//
//   server [PORT]   GET /             a short answer
//                   GET /bytes/N      N bytes, each the low byte of its place times 7
//                   POST /sum         the sum of the body's bytes, in decimal
//                   GET /quit         an answer, and the end

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 4096, IN = 16384, OUT = 65536 };

struct connection {
    int fd;
    char in[IN];
    size_t used;
    long body_left;
    unsigned long long sum, place, bytes_left;
    char out[OUT];
    size_t out_from, out_to;
    int closes; // when it has its answer
};

enum { PERIOD = 256 };

static int epoll, quits;
static char pattern[PERIOD + OUT]; // what a long answer is made of, from any place on
static struct connection *connections[MOST];

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void drop(struct connection *c) {
    connections[c->fd] = NULL;
    close(c->fd);
    free(c);
}

static void put(struct connection *c, const char *text, size_t n) {
    memcpy(c->out + c->out_to, text, n);
    c->out_to += n;
}

static void answer(struct connection *c, const char *body) {
    char text[256];
    int n =
        snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nContent-Type: text/plain\r\n%s\r\n%s",
                 strlen(body), c->closes ? "Connection: close\r\n" : "", body);
    put(c, text, (size_t)n);
}

/// Writes what there is, and makes more of a long answer. 0 if the connection is over.
static int flush(struct connection *c) {
    for (;;) {
        if (c->out_from == c->out_to) {
            c->out_from = c->out_to = 0;
            c->out_to = c->bytes_left < OUT ? (size_t)c->bytes_left : OUT;
            memcpy(c->out, pattern + c->place % PERIOD, c->out_to);
            c->place += c->out_to;
            c->bytes_left -= c->out_to;
            if (c->out_to == 0) return !c->closes || c->body_left > 0;
        }
        ssize_t n = write(c->fd, c->out + c->out_from, c->out_to - c->out_from);
        if (n < 0) return errno == EAGAIN;
        c->out_from += (size_t)n;
    }
}

static int has_begun_answer(const struct connection *c) { return c->out_to > OUT / 2 || c->bytes_left > 0; }

/// Takes one request off what has come. 0 if there is none.
static int take_request(struct connection *c) {
    if (c->body_left > 0) {
        size_t n = c->used < (size_t)c->body_left ? c->used : (size_t)c->body_left;
        for (size_t i = 0; i < n; i++) c->sum += (unsigned char)c->in[i];
        memmove(c->in, c->in + n, c->used - n);
        c->used -= n;
        c->body_left -= (long)n;
        if (c->body_left > 0) return 0;
        char text[32];
        snprintf(text, sizeof text, "%llu\n", c->sum);
        answer(c, text);
        return 1;
    }
    char *end = memmem(c->in, c->used, "\r\n\r\n", 4);
    if (!end) return 0;
    *end = '\0';
    c->closes = strcasestr(c->in, "\r\nconnection: close") != NULL;
    unsigned long long n;
    if (strncmp(c->in, "GET / ", 6) == 0) {
        answer(c, "served by pith\n");
    } else if (sscanf(c->in, "GET /bytes/%llu", &n) == 1) {
        char text[128];
        put(c, text, (size_t)snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Length: %llu\r\n\r\n", n));
        c->place = 0;
        c->bytes_left = n;
    } else if (strncmp(c->in, "POST /sum", 9) == 0) {
        const char *length = strcasestr(c->in, "content-length:");
        c->body_left = length ? atol(length + 15) : 0;
        c->sum = 0;
        if (c->body_left <= 0) answer(c, "0\n");
    } else if (strncmp(c->in, "GET /quit", 9) == 0) {
        answer(c, "bye\n");
        quits = 1;
    } else {
        const char *no = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
        put(c, no, strlen(no));
    }
    size_t taken = (size_t)(end - c->in) + 4;
    memmove(c->in, c->in + taken, c->used - taken);
    c->used -= taken;
    return 1;
}

static void serve(struct connection *c) {
    for (;;) {
        while (!has_begun_answer(c) && take_request(c)) {
        }
        if (!flush(c)) {
            drop(c);
            return;
        }
        if (has_begun_answer(c) || c->used == IN) return;
        ssize_t n = read(c->fd, c->in + c->used, IN - c->used);
        if (n == 0 || (n < 0 && errno != EAGAIN)) {
            drop(c);
            return;
        }
        if (n < 0) return;
        c->used += (size_t)n;
    }
}

static void welcome(int listener) {
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct connection *c = fd < MOST ? calloc(1, sizeof *c) : NULL;
        int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct epoll_event e = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.fd = fd};
        if (!c || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) != 0) die("a connection");
        c->fd = fd;
        connections[fd] = c;
    }
}

static void echo(int fd) {
    char bytes[65536];
    struct sockaddr_in from;
    socklen_t length = sizeof from;
    ssize_t n;
    while ((n = recvfrom(fd, bytes, sizeof bytes, MSG_DONTWAIT, (struct sockaddr *)&from, &length)) >= 0) {
        if (sendto(fd, bytes, (size_t)n, 0, (struct sockaddr *)&from, length) != n) perror("sendto");
    }
}

int main(int count, char **arguments) {
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((unsigned short)(count > 1 ? atoi(arguments[1]) : 8080))};
    for (size_t i = 0; i < sizeof pattern; i++) pattern[i] = (char)(i * 7);
    int on = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), datagrams = socket(AF_INET, SOCK_DGRAM, 0);
    epoll = epoll_create1(0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 1024) != 0) die("listen");
    if (bind(datagrams, (struct sockaddr *)&address, sizeof address) != 0) die("bind");
    struct epoll_event e = {.events = EPOLLIN, .data.fd = listener}, u = {.events = EPOLLIN, .data.fd = datagrams};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &e);
    epoll_ctl(epoll, EPOLL_CTL_ADD, datagrams, &u);
    printf("serving\n");
    fflush(stdout);
    while (!quits) {
        struct epoll_event events[64];
        int n = epoll_wait(epoll, events, 64, -1);
        for (int i = 0; i < n; i++) {
            if (events[i].data.fd == listener) welcome(listener);
            else if (events[i].data.fd == datagrams) echo(datagrams);
            else if (connections[events[i].data.fd]) serve(connections[events[i].data.fd]);
        }
    }
    return 0;
}
