// Sockets of the Internet on the loopback: names, errors, states, bytes. Options and datagrams are in inet_options.c
// and inet_datagrams.c. No port is printed: each run has others.
#define _GNU_SOURCE
#include "inet.h"
#include <fcntl.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/uio.h>

static char buffer[400000];

static int pipes; // SIGPIPEs
static void broken_pipe(int signal) {
    (void)signal;
    pipes++;
}

/// One that listens, with one of SOL_SOCKET's options on (0: with none); and its name.
static int listening(int option, struct sockaddr_in *name) {
    int s = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    *name = loopback(0);
    if (option) setsockopt(s, SOL_SOCKET, option, &yes, sizeof yes);
    bind(s, (struct sockaddr *)name, sizeof *name);
    listen(s, 5);
    *name = name_of(s);
    return s;
}

static int connected(const struct sockaddr_in *to) {
    int s = socket(AF_INET, SOCK_STREAM, 0);
    connect(s, (const struct sockaddr *)to, sizeof *to);
    return s;
}

/// A connection: `s[0]` connected, `s[1]` was accepted, by one that listened at `served`, with `option` on.
static void pair_at(int s[2], int option, struct sockaddr_in *served) {
    int listener = listening(option, served);
    s[0] = connected(served);
    s[1] = accept(listener, NULL, NULL);
    close(listener);
}

static void pair(int s[2]) {
    struct sockaddr_in served;
    pair_at(s, 0, &served);
}

static void close_pair(int s[2]) {
    close(s[0]);
    close(s[1]);
}

static void errors(void) {
    struct sockaddr_in a = loopback(0), b;
    socklen_t length = sizeof b;
    say("a stream of datagrams", socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
    say("a kind that is none", socket(AF_INET, 77, 0));
    say("sequences", socket(AF_INET, SOCK_SEQPACKET, 0));
    say("a family that is none", socket(77, SOCK_STREAM, 0));
    int s = socket(AF_INET, SOCK_STREAM, 0), other = socket(AF_INET, SOCK_STREAM, 0);
    say_name("unbound", s);
    events("unbound", s);
    say("peer of an unconnected one", getpeername(s, (struct sockaddr *)&b, &length));
    say("send", send(s, "x", 1, MSG_NOSIGNAL));
    say("receive", recv(s, buffer, 1, 0));
    say("accept", accept(s, NULL, NULL));
    say("shut down", shutdown(s, SHUT_RDWR));
    say("shut down how?", shutdown(s, 7));
    say("too short a name", bind(s, (struct sockaddr *)&a, 8));
    a.sin_family = AF_UNIX;
    say("another family's", bind(s, (struct sockaddr *)&a, sizeof a));
    a = loopback(0);
    a.sin_addr.s_addr = htonl(0xcb007101); // 203.0.113.1
    say("somebody else's address", bind(s, (struct sockaddr *)&a, sizeof a));
    a = loopback(0);
    say("bind", bind(s, (struct sockaddr *)&a, sizeof a));
    say_name("bound", s);
    say("bind twice", bind(s, (struct sockaddr *)&a, sizeof a));
    a = name_of(s);
    say("the same for another", bind(other, (struct sockaddr *)&a, sizeof a));
    say("connect where nobody listens", connect(other, (struct sockaddr *)&a, sizeof a));
    say("listen", listen(s, 5));
    say("listen again", listen(s, 7));
    events("listening", s);
    say("connect the listener", connect(s, (struct sockaddr *)&a, sizeof a));
    say("send by the listener", send(s, "x", 1, MSG_NOSIGNAL));
    say("receive by the listener", recv(s, buffer, 1, 0));
    say("peer of the listener", getpeername(s, (struct sockaddr *)&b, &length));
    say("connect", connect(other, (struct sockaddr *)&a, sizeof a));
    say("connect again", connect(other, (struct sockaddr *)&a, sizeof a));
    say("bind when connected", bind(other, (struct sockaddr *)&a, sizeof a));
    say("listen when connected", listen(other, 5));
    events("to be accepted", s);
    length = 4;
    int accepted = accept4(s, (struct sockaddr *)&b, &length, SOCK_CLOEXEC);
    printf("accepted: %d, a name of %d bytes\n", accepted >= 0, (int)length);
    printf("close on exec: %d\n", fcntl(accepted, F_GETFD));
    struct sockaddr_in mine = name_of(other);
    length = sizeof b;
    getpeername(accepted, (struct sockaddr *)&b, &length);
    printf("each is the other's peer: %d\n", mine.sin_port == b.sin_port && mine.sin_addr.s_addr == b.sin_addr.s_addr);
    say("accept flags that are none", accept4(s, NULL, NULL, 1));
    close(s);
    close(accepted);
    close(other);
    s = socket(AF_INET, SOCK_STREAM, 0);
    say("listen without a name", listen(s, 1));
    say_name("then", s);
    fcntl(s, F_SETFL, O_NONBLOCK);
    say("accept nobody", accept(s, NULL, NULL));
    say("shut a listener down", shutdown(s, SHUT_RD));
    events("it", s);
    say("accept nobody any more", accept(s, NULL, NULL));
    close(s);
    say("accept a file", accept(1, NULL, NULL));
    say("accept nothing", accept(-1, NULL, NULL));
}

static void *write_the_rest(void *at) {
    usleep(20000); // long enough that the reader waits
    send(*(int *)at, "and then the rest", 15, 0);
    return NULL;
}

static void bytes(void) {
    int s[2], n;
    pair(s);
    events("connected", s[0]);
    say("nothing yet", recv(s[1], buffer, 10, MSG_DONTWAIT));
    say("send", send(s[0], "hello there", 11, 0));
    wait_for(s[1], POLLIN);
    ioctl(s[1], FIONREAD, &n);
    printf("to be read: %d\n", n);
    events("with data", s[1]);
    say("peek", recv(s[1], buffer, 5, MSG_PEEK));
    say("peek at all", recv(s[1], buffer, 100, MSG_PEEK));
    say("throw away", recv(s[1], NULL, 6, MSG_TRUNC));
    say("read", read(s[1], buffer, 100));
    printf("%.5s\n", buffer);
    say("send nothing", send(s[0], "", 0, 0));
    say("receive nothing", recv(s[1], buffer, 0, MSG_DONTWAIT));
    struct iovec pieces[3] = {{"one ", 4}, {"two ", 4}, {"three", 5}};
    say("write pieces", writev(s[0], pieces, 3));
    struct iovec to[2] = {{buffer, 3}, {buffer + 100, 50}};
    struct msghdr m = {.msg_iov = to, .msg_iovlen = 2, .msg_name = buffer + 1000, .msg_namelen = 100};
    say("receive pieces", recvmsg(s[1], &m, 0));
    printf("%.3s %.10s, flags %x, a name of %d bytes\n", buffer, buffer + 100, (unsigned)m.msg_flags,
           (int)m.msg_namelen);
    send(s[0], "part ", 5, 0);
    pthread_t writer;
    pthread_create(&writer, NULL, write_the_rest, &s[0]);
    say("wait for all", recv(s[1], buffer, 20, MSG_WAITALL));
    pthread_join(writer, NULL);
    printf("%.20s\n", buffer);
    struct timeval limit = {.tv_usec = 30000};
    setsockopt(s[1], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    say("wait for a while", recv(s[1], buffer, 10, 0));
    send(s[0], "few", 3, 0);
    say("wait for all of it, for a while", recv(s[1], buffer, 10, MSG_WAITALL));
    close_pair(s);
}

static void ends(void) {
    int s[2];
    pair(s);
    send(s[0], "last", 4, 0);
    say("end one direction", shutdown(s[0], SHUT_WR));
    wait_for(s[1], POLLRDHUP);
    events("the peer's end", s[1]);
    events("our own end", s[0]);
    say("what was sent before", read(s[1], buffer, 100));
    say("the end", read(s[1], buffer, 100));
    say("again", read(s[1], buffer, 100));
    say("send after one's end", send(s[0], "x", 1, MSG_NOSIGNAL));
    say("with a signal", send(s[0], "x", 1, 0));
    printf("signals: %d\n", pipes);
    say("the other way", send(s[1], "still", 5, 0));
    wait_for(s[0], POLLIN);
    say("comes", read(s[0], buffer, 100));
    shutdown(s[1], SHUT_WR);
    wait_for(s[0], POLLHUP);
    events("both ended", s[0]);
    say("the end there, too", read(s[0], buffer, 100));
    say("end it again", shutdown(s[0], SHUT_WR));
    close_pair(s);

    pair(s);
    say("read no more", shutdown(s[0], SHUT_RD));
    events("it", s[0]);
    say("read", read(s[0], buffer, 10));
    say("send", send(s[0], "x", 1, MSG_NOSIGNAL));
    close_pair(s);

    pair(s);
    send(s[1], "unread", 6, 0);
    wait_for(s[0], POLLIN);
    close(s[0]);
    wait_for(s[1], POLLERR);
    events("the peer left something unread", s[1]);
    say("read", read(s[1], buffer, 10));
    say("read again", read(s[1], buffer, 10));
    say("send", send(s[1], "x", 1, MSG_NOSIGNAL));
    events("after that", s[1]);
    close(s[1]);

    pair(s);
    struct linger at_once = {1, 0};
    setsockopt(s[0], SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(s[0]);
    wait_for(s[1], POLLERR);
    events("reset", s[1]);
    say("send", send(s[1], "x", 1, MSG_NOSIGNAL));
    say("send again", send(s[1], "x", 1, MSG_NOSIGNAL));
    say("its error", get_int(s[1], SOL_SOCKET, SO_ERROR));
    say("read", read(s[1], buffer, 10));
    close(s[1]);

    pair(s);
    close(s[0]);
    wait_for(s[1], POLLIN);
    events("closed", s[1]);
    say("the end", read(s[1], buffer, 10));
    say("send to nobody", send(s[1], "x", 1, MSG_NOSIGNAL));
    wait_for(s[1], POLLERR);
    events("then", s[1]);
    say("send once more", send(s[1], "x", 1, MSG_NOSIGNAL));
    close(s[1]);
}

/// Whether it can be written to within a while.
static int wait_writable(int s) {
    struct pollfd p = {s, POLLOUT, 0};
    return poll(&p, 1, 100) == 1;
}

static void full(void) {
    int s[2], small = 8192;
    pair(s);
    setsockopt(s[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    fcntl(s[0], F_SETFL, O_NONBLOCK);
    long filled = 0;
    long n = 0;
    while (n > 0 || wait_writable(s[0])) {
        n = send(s[0], buffer, sizeof buffer, 0);
        if (n > 0) filled += n;
    }
    printf("full: %d\n", filled > 10000 && n < 0 && errno == EAGAIN);
    events("full", s[0]);
    long taken = 0;
    while (taken < filled) {
        ssize_t n = read(s[1], buffer, sizeof buffer);
        if (n <= 0) break;
        taken += n;
    }
    printf("all of it came: %d\n", taken == filled);
    wait_for(s[0], POLLOUT);
    events("empty", s[0]);
    close_pair(s);
}

static void without_waiting(void) {
    struct sockaddr_in a, gone;
    int listener = listening(0, &gone), s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    close(listener);
    say("to nobody", connect(s, (struct sockaddr *)&gone, sizeof gone));
    wait_for(s, POLLERR);
    events("refused", s);
    say("why", get_int(s, SOL_SOCKET, SO_ERROR));
    say("once", get_int(s, SOL_SOCKET, SO_ERROR));
    close(s);
    s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    connect(s, (struct sockaddr *)&gone, sizeof gone);
    wait_for(s, POLLERR);
    say("asked by connecting", connect(s, (struct sockaddr *)&gone, sizeof gone));
    listener = listening(0, &a);
    close(s);
    s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    say("to somebody", connect(s, (struct sockaddr *)&a, sizeof a));
    wait_for(s, POLLOUT);
    events("there", s);
    say("no error", get_int(s, SOL_SOCKET, SO_ERROR));
    say("connect once more", connect(s, (struct sockaddr *)&a, sizeof a));
    say("and again", connect(s, (struct sockaddr *)&a, sizeof a));
    int accepted = accept(listener, NULL, NULL);
    printf("what was accepted waits: %d\n", (fcntl(accepted, F_GETFL) & O_NONBLOCK) == 0);
    struct sockaddr nothing = {.sa_family = AF_UNSPEC};
    say("leave", connect(s, &nothing, sizeof nothing));
    wait_for(accepted, POLLIN);
    say("the peer reads", read(accepted, buffer, 1));
    say("connect anew", connect(s, (struct sockaddr *)&a, sizeof a));
    wait_for(s, POLLOUT);
    events("there again", s);
    close(accepted);
    close(listener);
    wait_for(s, POLLERR);
    say("who was not accepted reads", read(s, buffer, 1));
    close(s);
}

static void ports_again(void) {
    int s[2], yes = 1;
    struct sockaddr_in a = loopback(0), served;
    pair_at(s, SO_REUSEADDR, &served);
    int other = socket(AF_INET, SOCK_STREAM, 0);
    say("a port with a connection", bind(other, (struct sockaddr *)&served, sizeof served));
    close(other);
    close(s[1]);
    wait_for(s[0], POLLIN);
    close(s[0]);
    other = socket(AF_INET, SOCK_STREAM, 0);
    say("a port whose connections wait for their end", bind(other, (struct sockaddr *)&served, sizeof served));
    setsockopt(other, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    say("for one that may", bind(other, (struct sockaddr *)&served, sizeof served));
    say("listen", listen(other, 1));
    int third = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(third, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    say("where one listens", bind(third, (struct sockaddr *)&served, sizeof served));
    close(third);
    close(other);
    int many[3];
    for (int i = 0; i < 3; i++) {
        many[i] = socket(AF_INET, SOCK_STREAM, 0);
        if (i < 2) setsockopt(many[i], SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
        say("one of several at a port", bind(many[i], (struct sockaddr *)&a, sizeof a));
        if (i < 2) say("listen", listen(many[i], 20));
        a = name_of(many[0]);
    }
    int clients[20], arrived = 0;
    for (int i = 0; i < 20; i++) clients[i] = connected(&a);
    for (int i = 0; i < 2; i++) {
        int mine = 0;
        fcntl(many[i], F_SETFL, O_NONBLOCK);
        for (int fd; (fd = accept(many[i], NULL, NULL)) >= 0; mine++) close(fd);
        printf("some come here: %d\n", mine > 0);
        arrived += mine;
    }
    printf("all: %d\n", arrived);
    int later = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in own = loopback(0), elsewhere = loopback(0);
    setsockopt(later, IPPROTO_IP, 24 /* IP_BIND_ADDRESS_NO_PORT */, &yes, sizeof yes);
    say("an address, and a port later", bind(later, (struct sockaddr *)&own, sizeof own));
    say_name("before", later);
    say("connect", connect(later, (struct sockaddr *)&a, sizeof a));
    say_name("then", later);
    close(later);
    later = socket(AF_INET, SOCK_STREAM, 0);
    elsewhere.sin_addr.s_addr = htonl(0xcb007101);
    setsockopt(later, IPPROTO_IP, IP_FREEBIND, &yes, sizeof yes);
    say("an address that is not ours yet", bind(later, (struct sockaddr *)&elsewhere, sizeof elsewhere));
    close(later);
    int few[2], two = 2;
    pair(few);
    setsockopt(few[1], SOL_SOCKET, SO_RCVLOWAT, &two, sizeof two);
    send(few[0], "x", 1, 0);
    usleep(20000); // one byte is there, and too few
    events("one byte of two", few[1]);
    send(few[0], "y", 1, 0);
    wait_for(few[1], POLLIN);
    events("both", few[1]);
    close_pair(few);
    for (int i = 0; i < 20; i++) close(clients[i]);
    for (int i = 0; i < 3; i++) close(many[i]);
}

static void edges(void) {
    int s[2], n, e = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET}, got[4];
    pair(s);
    epoll_ctl(e, EPOLL_CTL_ADD, s[0], &event);
    n = epoll_wait(e, got, 4, 0);
    printf("at once: %d, %x\n", n, got[0].events);
    printf("nothing new: %d\n", epoll_wait(e, got, 4, 0));
    send(s[1], "x", 1, 0);
    n = epoll_wait(e, got, 4, 1000);
    printf("data: %d, %x\n", n, got[0].events);
    printf("the same data: %d\n", epoll_wait(e, got, 4, 0));
    send(s[1], "y", 1, 0);
    n = epoll_wait(e, got, 4, 1000);
    printf("more: %d, %x\n", n, got[0].events);
    shutdown(s[1], SHUT_WR);
    n = epoll_wait(e, got, 4, 1000);
    printf("its end: %d, %x\n", n, got[0].events);
    close(e);
    close_pair(s);
}

int main(void) {
    signal(SIGPIPE, broken_pipe);
    setvbuf(stdout, NULL, _IOLBF, 0);
    errors();
    bytes();
    ends();
    full();
    without_waiting();
    ports_again();
    edges();
    return 0;
}
