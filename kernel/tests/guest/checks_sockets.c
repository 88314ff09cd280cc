// Sockets: exact lengths of names, options read back as they were set, and what calls refuse.
#include "checks.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

static void show(const char *what, int result, const struct sockaddr_un *a, socklen_t n) {
    printf("%s: %d, %u bytes:", what, result, n);
    for (socklen_t i = 2; i < n && i < sizeof *a; i++) {
        char c = a->sun_path[i - 2];
        if (c > 32 && c < 127) putchar(c);
        else printf("\\%d", c);
    }
    printf("\n");
}

static void own_name(const char *what, int fd) {
    struct sockaddr_un a;
    socklen_t n = sizeof a;
    memset(&a, 0x41, sizeof a);
    int result = getsockname(fd, (struct sockaddr *)&a, &n);
    show(what, result, &a, n);
}

static void peer_name(const char *what, int fd) {
    struct sockaddr_un a;
    socklen_t n = sizeof a;
    memset(&a, 0x41, sizeof a);
    int result = getpeername(fd, (struct sockaddr *)&a, &n);
    show(what, result, &a, n);
}

static int bind_to(int fd, const char *name, size_t length, socklen_t n) {
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    memcpy(a.sun_path, name, length);
    return bind(fd, (struct sockaddr *)&a, n);
}

static int connect_to(int fd, const char *name, size_t length, socklen_t n) {
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    memcpy(a.sun_path, name, length);
    return connect(fd, (struct sockaddr *)&a, n);
}

static void names(void) {
    int s[6], c, accepted, pair[2];
    for (int i = 0; i < 6; i++) s[i] = socket(AF_UNIX, i == 5 ? SOCK_DGRAM : SOCK_STREAM, 0);
    own_name("unnamed", s[0]);
    peer_name("unconnected", s[0]);
    unlink("short"), unlink("long"), unlink("exact"), unlink("data");
    CHECK(bind_to(s[0], "short", 5, 2 + 5));
    own_name("without its end", s[0]);
    CHECK(bind_to(s[1], "long", 4, sizeof(struct sockaddr_un)));
    own_name("with more behind", s[1]);
    CHECK(bind_to(s[2], "exact", 6, 2 + 6));
    own_name("with its end", s[2]);
    CHECK(bind_to(s[3], "\0abc\0def", 8, 2 + 8));
    own_name("abstract", s[3]);
    CHECK(bind_to(s[4], "", 0, 2));
    struct sockaddr_un a;
    socklen_t n = sizeof a;
    CHECK(getsockname(s[4], (struct sockaddr *)&a, &n));
    CHECK(n);
    CHECK(bind_to(s[5], "data", 5, 2 + 5));
    CHECK(bind_to(s[5], "other", 6, 2 + 6));
    CHECK(bind_to(s[4], "x", 1, 1));
    CHECK(bind_to(s[4], "x", 1, 0));
    CHECK(bind_to(s[4], "x", 1, 200));
    CHECK(listen(s[0], 5));
    CHECK(listen(s[3], 5));
    c = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK(connect_to(c, "short", 6, sizeof(struct sockaddr_un)));
    accepted = accept(s[0], (struct sockaddr *)&a, (n = sizeof a, &n));
    show("accepted from", 0, &a, n);
    own_name("accepted", accepted);
    peer_name("accepted's peer", accepted);
    peer_name("client's peer", c);
    own_name("client", c);
    close(c), close(accepted);
    c = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK(connect_to(c, "\0abc\0def", 8, 2 + 8));
    peer_name("abstract peer", c);
    n = 4;
    memset(&a, 0, sizeof a);
    CHECK(getpeername(c, (struct sockaddr *)&a, &n));
    printf("cut: %u, %d\n", n, a.sun_path[0]);
    n = -1;
    CHECK(getsockname(c, (struct sockaddr *)&a, &n));
    CHECK(getsockname(c, NOWHERE, (n = sizeof a, &n)));
    CHECK(getsockname(c, (struct sockaddr *)&a, NOWHERE));
    CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
    own_name("pair", pair[0]);
    peer_name("pair's peer", pair[0]);
    int d = socket(AF_UNIX, SOCK_DGRAM, 0);
    CHECK(connect_to(d, "data", 5, 2 + 5));
    CHECK(send(d, "x", 1, 0));
    char text[4];
    CHECK(recvfrom(s[5], text, sizeof text, 0, (struct sockaddr *)&a, (n = sizeof a, &n)));
    printf("from nobody: %u\n", n);
    CHECK(bind_to(d, "\0me", 3, 2 + 3));
    CHECK(send(d, "x", 1, 0));
    CHECK(recvfrom(s[5], text, sizeof text, 0, (struct sockaddr *)&a, (n = sizeof a, &n)));
    show("from", 0, &a, n);
}

static void option(const char *what, int fd, int level, int name, int value) {
    int is = -7;
    socklen_t n = sizeof is;
    int result = value == INT_MIN ? 0 : setsockopt(fd, level, name, &value, sizeof value), error = errno;
    printf("%s %d/%d = %d: %s", what, level, name, value, result == 0 ? "set" : strerror(error));
    result = getsockopt(fd, level, name, &is, &n);
    if (result == 0) printf(", is %d, %u bytes\n", is, n);
    else printf(", %s\n", strerror(errno));
}

static void options(const char *what, int fd) {
    static const int values[] = {INT_MIN, 1, 0, 7};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) option(what, fd, IPPROTO_TCP, TCP_NODELAY, values[i]);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) option(what, fd, SOL_SOCKET, SO_KEEPALIVE, values[i]);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) option(what, fd, SOL_SOCKET, SO_REUSEADDR, values[i]);
    option(what, fd, SOL_SOCKET, SO_RCVBUF, 65536);
    option(what, fd, SOL_SOCKET, SO_SNDBUF, 65536);
    option(what, fd, SOL_SOCKET, SO_RCVBUF, 1);
    option(what, fd, SOL_SOCKET, SO_ERROR, INT_MIN);
    option(what, fd, SOL_SOCKET, SO_TYPE, 1);
    option(what, fd, SOL_SOCKET, SO_DOMAIN, INT_MIN);
    option(what, fd, SOL_SOCKET, SO_PROTOCOL, INT_MIN);
    option(what, fd, SOL_SOCKET, SO_ACCEPTCONN, INT_MIN);
    option(what, fd, SOL_SOCKET, SO_RCVLOWAT, 5);
    option(what, fd, SOL_SOCKET, 9999, 1);
    option(what, fd, 9999, 1, 1);
    CHECK(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &(int){1}, 3));
    CHECK(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, NOWHERE, 4));
    CHECK(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &(int){1}, -1));
    socklen_t n = 2;
    short half = 0;
    CHECK(getsockopt(fd, SOL_SOCKET, SO_TYPE, &half, &n));
    printf("half: %d, %u\n", half, n);
    CHECK(getsockopt(fd, SOL_SOCKET, SO_TYPE, &half, NOWHERE));
    n = -1;
    CHECK(getsockopt(fd, SOL_SOCKET, SO_TYPE, &half, &n));
}

static void messages(void) {
    int pair[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    static char text[16];
    struct iovec v[2] = {{text, (size_t)-1}, {text, 1}}, ok = {text, 4};
    struct msghdr m = {.msg_iov = v, .msg_iovlen = 1};
    struct mmsghdr many[2] = {{.msg_hdr = {.msg_iov = &ok, .msg_iovlen = 1}},
                              {.msg_hdr = {.msg_iov = v, .msg_iovlen = 1}}};
    CHECK(sendmsg(pair[0], &m, 0));
    m.msg_iov = &ok, m.msg_iovlen = 1025;
    CHECK(sendmsg(pair[0], &m, 0));
    CHECK(syscall(SYS_sendmsg, pair[0], NOWHERE, 0));
    CHECK(sendmmsg(pair[0], many, 2, 0));
    CHECK(many[0].msg_len);
    CHECK(sendmmsg(pair[0], many + 1, 1, 0));
    CHECK(sendmmsg(pair[0], many, 0, 0));
    struct timespec bad = {0, -1};
    CHECK(syscall(SYS_recvmmsg, pair[1], many, 1, 0, &bad));
    CHECK(recvmmsg(pair[1], many, 1, MSG_DONTWAIT, NULL));
    CHECK(recvmmsg(pair[1], many, 1, MSG_DONTWAIT, NULL));
    CHECK(send(0, "x", 1, 0));
    CHECK(send(999, "x", 1, 0));
    CHECK(send(pair[0], NOWHERE, 1, 0));
    CHECK(send(pair[0], text, 1, MSG_OOB) == 1 || errno == EOPNOTSUPP);
    CHECK(shutdown(pair[0], 3));
    CHECK(shutdown(pair[0], -1));
    CHECK(listen(pair[0], 1));
    CHECK(accept(pair[0], NULL, NULL));
    CHECK(syscall(SYS_accept4, pair[0], NULL, NULL, 1));
    CHECK(socket(AF_UNIX, 99, 0));
    CHECK(socket(99, SOCK_STREAM, 0));
    CHECK(socket(AF_INET, SOCK_STREAM, 99));
    CHECK(socket(AF_UNIX, SOCK_STREAM | 0x100, 0));
    CHECK(socketpair(AF_INET, SOCK_STREAM, 0, pair));
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, NOWHERE));
}

static void waiting(void) {
    struct pollfd p = {.fd = 0, .events = 0};
    struct rlimit l;
    getrlimit(RLIMIT_NOFILE, &l);
    CHECK(syscall(SYS_poll, &p, l.rlim_cur + 1, 0));
    CHECK(syscall(SYS_poll, &p, -1, 0));
    CHECK(syscall(SYS_poll, NOWHERE, 1, 0));
    CHECK(syscall(SYS_poll, NULL, 0, 0));
    CHECK(syscall(SYS_ppoll, &p, 1, &(struct timespec){0, 0}, &(long){0}, 4));
    CHECK(epoll_create1(1));
    CHECK(syscall(SYS_epoll_create, 0));
    CHECK(syscall(SYS_epoll_create, -1));
    int e = epoll_create1(0), v = eventfd(0, EFD_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN};
    CHECK(epoll_ctl(e, 9, v, &event));
    CHECK(epoll_ctl(e, EPOLL_CTL_ADD, 999, &event));
    CHECK(epoll_ctl(999, EPOLL_CTL_ADD, v, &event));
    CHECK(epoll_ctl(v, EPOLL_CTL_ADD, e, &event));
    CHECK(epoll_ctl(e, EPOLL_CTL_ADD, e, &event));
    CHECK(epoll_ctl(e, EPOLL_CTL_MOD, v, &event));
    CHECK(epoll_ctl(e, EPOLL_CTL_DEL, v, NULL));
    CHECK(epoll_ctl(e, EPOLL_CTL_ADD, v, NOWHERE));
    CHECK(epoll_ctl(e, EPOLL_CTL_ADD, v, &event));
    CHECK(epoll_ctl(e, EPOLL_CTL_ADD, v, &event));
    int file = open("regular", O_RDWR | O_CREAT, 0600);
    CHECK(epoll_ctl(e, EPOLL_CTL_ADD, file, &event));
    CHECK(epoll_wait(e, &event, 0, 0));
    CHECK(epoll_wait(e, &event, -1, 0));
    CHECK(epoll_wait(v, &event, 1, 0));
    CHECK(epoll_wait(999, &event, 1, 0));
    CHECK(epoll_wait(e, &event, INT_MAX, 0));
    CHECK(syscall(SYS_epoll_pwait, e, &event, 1, 0, &(long){0}, 4));
    CHECK(eventfd(0, 0x1000));
    CHECK(write(v, &(uint64_t){UINT64_MAX}, 8));
    CHECK(write(v, &(uint64_t){UINT64_MAX - 1}, 8));
    CHECK(write(v, &(uint64_t){1}, 8));
    CHECK(write(v, &(uint64_t){1}, 4));
    CHECK(read(v, &(uint32_t){0}, 4));
    CHECK(read(v, &(uint64_t){0}, 8));
    CHECK(read(v, &(uint64_t){0}, 8));
    CHECK(lseek(v, 5, SEEK_SET));
    CHECK(lseek(e, 0, SEEK_CUR));
    CHECK(pread(v, &(uint64_t){0}, 8, 0));
    CHECK(read(e, &event, sizeof event));
    CHECK(syscall(SYS_signalfd4, -1, &(long){0}, 8, 1));
    CHECK(syscall(SYS_signalfd4, -1, &(long){0}, 4, 0));
    CHECK(syscall(SYS_signalfd4, v, &(long){0}, 8, 0));
    CHECK(syscall(SYS_getrandom, &v, 0, 8));
    CHECK(syscall(SYS_getrandom, &v, 0, 6));
    CHECK(syscall(SYS_getrandom, NOWHERE, 4, 0));
    CHECK(syscall(SYS_getrandom, NULL, 0, 0));
}

int main(int argc, char **argv) {
    if (argc < 2 || (mkdir(argv[1], 0700) != 0 && errno != EEXIST) || chdir(argv[1]) != 0) return 1;
    setvbuf(stdout, NULL, _IOFBF, 1 << 16);
    names();
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0), pair[2];
    options("new", client);
    setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    bind(listener, (struct sockaddr *)&a, sizeof a), listen(listener, 5),
        getsockname(listener, (struct sockaddr *)&a, &n);
    option("listener", listener, IPPROTO_TCP, TCP_NODELAY, INT_MIN);
    client = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(connect(client, (struct sockaddr *)&a, sizeof a));
    int accepted = accept(listener, NULL, NULL);
    option("accepted", accepted, IPPROTO_TCP, TCP_NODELAY, INT_MIN);
    options("client", client);
    option("accepted", accepted, IPPROTO_TCP, TCP_NODELAY, 0);
    option("listener", listener, SOL_SOCKET, SO_ACCEPTCONN, INT_MIN);
    shutdown(client, SHUT_RDWR), close(accepted);
    option("ended", client, IPPROTO_TCP, TCP_NODELAY, 1);
    options("datagram", socket(AF_INET, SOCK_DGRAM, 0));
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    options("unix", pair[0]);
    messages();
    waiting();
    return 0;
}
