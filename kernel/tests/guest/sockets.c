// Sockets within the machine: streams, datagrams, sequences, names, passing files and credentials.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char buffer[300000];

static void say(const char *what, long result) {
    if (result < 0) printf("%s: %s\n", what, strerror(errno));
    else printf("%s: %ld\n", what, result);
}

static unsigned events_of(int fd) {
    struct pollfd p = {fd, POLLIN | POLLOUT | POLLRDHUP, 0};
    poll(&p, 1, 0);
    return (unsigned)p.revents;
}

static void pairs(void) {
    int s[2];
    say("pair", socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, s));
    say("read nothing", read(s[0], buffer, 10));
    printf("events %x\n", events_of(s[0]));
    say("write", write(s[1], "hello", 5));
    say("send more", send(s[1], " there", 6, 0));
    printf("events %x\n", events_of(s[0]));
    say("peek", recv(s[0], buffer, 5, MSG_PEEK));
    say("read all", read(s[0], buffer, 100));
    printf("%.11s\n", buffer);
    long filled = 0;
    for (ssize_t n; (n = write(s[1], buffer, 4096)) > 0;) filled += n;
    say("until it is full", filled > 100000 ? -1 : filled);
    printf("events %x\n", events_of(s[1]) & POLLOUT);
    while (read(s[0], buffer, sizeof buffer) > 0) {
    }
    printf("events %x\n", events_of(s[1]) & POLLOUT);
    say("shut down", shutdown(s[1], SHUT_WR));
    say("the end", read(s[0], buffer, 10));
    say("write after that", send(s[1], "x", 1, MSG_NOSIGNAL));
    say("the other way", write(s[0], "still", 5));
    say("read", read(s[1], buffer, 10));
    close(s[1]);
    printf("events %x\n", events_of(s[0]));
    say("write to nobody", send(s[0], "x", 1, MSG_NOSIGNAL));
    close(s[0]);
    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, s);
    send(s[0], "first", 5, 0);
    send(s[0], "second", 6, 0);
    say("a part", recv(s[1], buffer, 3, 0));
    say("the next", recv(s[1], buffer, 100, 0));
    send(s[0], "whole", 5, 0);
    say("its length", recv(s[1], buffer, 2, MSG_TRUNC));
    close(s[0]);
    say("the end", recv(s[1], buffer, 100, 0));
    close(s[1]);
}

static struct sockaddr_un at(const char *path) {
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    strcpy(a.sun_path, path);
    return a;
}

static void servers(const char *path) {
    struct sockaddr_un a = at(path), found;
    socklen_t length = sizeof found;
    struct stat s;
    int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
    say("connect to nothing", connect(client, (struct sockaddr *)&a, sizeof a));
    say("bind", bind(server, (struct sockaddr *)&a, sizeof a));
    say("bind twice", bind(server, (struct sockaddr *)&a, sizeof a));
    say("stat", stat(path, &s));
    printf("a socket: %d\n", S_ISSOCK(s.st_mode));
    say("open it", open(path, O_RDWR));
    say("connect too early", connect(client, (struct sockaddr *)&a, sizeof a));
    say("listen", listen(server, 5));
    say("connect", connect(client, (struct sockaddr *)&a, sizeof a));
    say("connect again", connect(client, (struct sockaddr *)&a, sizeof a));
    printf("events %x\n", events_of(server));
    write(client, "before it is accepted", 21);
    int accepted = accept4(server, (struct sockaddr *)&found, &length, SOCK_CLOEXEC);
    say("accept", accepted < 0 ? -1 : 0);
    printf("from a name of %d bytes\n", (int)length);
    say("read", read(accepted, buffer, 100));
    write(accepted, "an answer", 9);
    say("read", read(client, buffer, 100));
    length = sizeof found;
    getpeername(client, (struct sockaddr *)&found, &length);
    printf("the peer is the server: %d\n", strcmp(found.sun_path, path) == 0);
    struct ucred credentials;
    length = sizeof credentials;
    say("who", getsockopt(client, SOL_SOCKET, SO_PEERCRED, &credentials, &length));
    printf("me: %d %d\n", credentials.pid == getpid(), (int)length);
    int type;
    length = sizeof type;
    getsockopt(client, SOL_SOCKET, SO_TYPE, &type, &length);
    printf("type %d\n", type);
    close(client);
    say("the client is gone", read(accepted, buffer, 100));
    close(accepted);
    close(server);
    client = socket(AF_UNIX, SOCK_STREAM, 0);
    say("the server is gone", connect(client, (struct sockaddr *)&a, sizeof a));
    close(client);
    unlink(path);
}

static void datagrams(void) {
    struct sockaddr_un from, a = {.sun_family = AF_UNIX, .sun_path = "\0pith-trial-a"},
                             b = {.sun_family = AF_UNIX, .sun_path = "\0pith-trial-b"};
    socklen_t size = offsetof(struct sockaddr_un, sun_path) + 13, length = sizeof from;
    int one = socket(AF_UNIX, SOCK_DGRAM, 0), two = socket(AF_UNIX, SOCK_DGRAM, 0),
        other = socket(AF_UNIX, SOCK_DGRAM, 0);
    say("bind", bind(one, (struct sockaddr *)&a, size));
    say("bind", bind(two, (struct sockaddr *)&b, size));
    say("a name that is taken", bind(other, (struct sockaddr *)&a, size));
    say("send", sendto(one, "to b", 4, 0, (struct sockaddr *)&b, size));
    say("receive", recvfrom(two, buffer, 100, 0, (struct sockaddr *)&from, &length));
    printf("%.4s from %.12s, %d bytes\n", buffer, from.sun_path + 1, (int)length);
    say("connect", connect(other, (struct sockaddr *)&b, size));
    say("send", send(other, "", 0, 0));
    length = sizeof from;
    say("receive nothing", recvfrom(two, buffer, 100, 0, (struct sockaddr *)&from, &length));
    printf("from a name of %d bytes\n", (int)length);
    close(two);
    say("send to nobody", send(other, "x", 1, 0));
    say("not connected", send(one, "x", 1, 0));
    say("not a socket", send(0, "x", 1, 0));
    say("another family", socket(AF_X25, SOCK_STREAM, 0));
    close(one);
    close(other);
}

static void passing(void) {
    int s[2], p[2], on = 1;
    union {
        struct cmsghdr header;
        char bytes[256];
    } control;
    struct iovec piece = {"with it", 7};
    struct msghdr m = {
        .msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = CMSG_SPACE(2 * sizeof(int))};
    socketpair(AF_UNIX, SOCK_STREAM, 0, s);
    pipe(p);
    memset(&control, 0, sizeof control);
    control.header =
        (struct cmsghdr){.cmsg_len = CMSG_LEN(2 * sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(&control.header), p, sizeof p);
    setsockopt(s[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
    say("send a pipe", sendmsg(s[0], &m, 0));
    close(p[0]);
    close(p[1]);
    memset(&control, 0, sizeof control);
    piece = (struct iovec){buffer, 100};
    m.msg_controllen = sizeof control;
    say("receive", recvmsg(s[1], &m, MSG_CMSG_CLOEXEC));
    for (struct cmsghdr *h = CMSG_FIRSTHDR(&m); h; h = CMSG_NXTHDR(&m, h)) {
        if (h->cmsg_type == SCM_RIGHTS) {
            memcpy(p, CMSG_DATA(h), sizeof p);
            printf("files: %d\n", (int)((h->cmsg_len - CMSG_LEN(0)) / sizeof(int)));
        } else if (h->cmsg_type == SCM_CREDENTIALS) {
            struct ucred credentials;
            memcpy(&credentials, CMSG_DATA(h), sizeof credentials);
            printf("from me: %d\n", credentials.pid == getpid());
        }
    }
    say("write to the pipe that came", write(p[1], "through", 7));
    say("read from it", read(p[0], buffer, 100));
    say("close on exec", fcntl(p[0], F_GETFD));
    close(p[0]);
    close(p[1]);
    struct mmsghdr several[2] = {{.msg_hdr = {.msg_iov = &(struct iovec){"one", 3}, .msg_iovlen = 1}},
                                 {.msg_hdr = {.msg_iov = &(struct iovec){"three", 5}, .msg_iovlen = 1}}};
    say("send several", sendmmsg(s[0], several, 2, 0));
    printf("%d %d\n", (int)several[0].msg_len, (int)several[1].msg_len);
    close(s[0]);
    close(s[1]);
}

/// A socket, and one end of a pipe, in a message that only this socket could receive: nobody can, so the pipe ends.
static void circle(void) {
    int s[2], p[2];
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(2 * sizeof(int))];
    } control = {.header = {.cmsg_len = CMSG_LEN(2 * sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
    struct msghdr m = {
        .msg_iov = &(struct iovec){"x", 1}, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    socketpair(AF_UNIX, SOCK_STREAM, 0, s);
    pipe(p);
    memcpy(CMSG_DATA(&control.header), (int[2]){s[1], p[1]}, 2 * sizeof(int));
    say("a socket to itself", sendmsg(s[0], &m, 0));
    close(s[1]);
    close(p[1]);
    fcntl(p[0], F_SETFL, O_NONBLOCK);
    say("the pipe is there still", read(p[0], buffer, 1));
    fcntl(p[0], F_SETFL, 0);
    close(s[0]);
    alarm(20);
    say("and ends with the circle", read(p[0], buffer, 1));
    alarm(0);
    close(p[0]);
}

int main(int argc, char **argv) {
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    pairs();
    servers(argc > 1 ? argv[1] : "/tmp/trial.sock");
    datagrams();
    passing();
    circle();
    return 0;
}
