// Datagrams on the loopback: connected and not, cut, told more of, many at once, refused.
#define _GNU_SOURCE
#include "inet.h"
#include <fcntl.h>
#include <sys/time.h>
#include <sys/uio.h>

static char buffer[70000];

static int bound(struct sockaddr_in *name) {
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    *name = loopback(0);
    bind(s, (struct sockaddr *)name, sizeof *name);
    *name = name_of(s);
    return s;
}

static void unconnected(void) {
    struct sockaddr_in a, b, from;
    socklen_t n = sizeof from;
    int one = bound(&a), other = bound(&b), fresh = socket(AF_INET, SOCK_DGRAM, 0);
    say_name("unbound", fresh);
    events("unbound", fresh);
    say("to nobody said", send(fresh, "x", 1, 0));
    say("its peer", getpeername(fresh, (struct sockaddr *)&from, &n));
    int shut = socket(AF_INET, SOCK_DGRAM, 0);
    say("shut an unconnected one down", shutdown(shut, SHUT_RDWR));
    events("it", shut);
    say("receive", recv(shut, buffer, 1, 0));
    say("send to", sendto(shut, "hello", 5, MSG_NOSIGNAL, (struct sockaddr *)&a, sizeof a));
    close(shut);
    say("listen", listen(fresh, 1));
    say("accept", accept(fresh, NULL, NULL));
    say("send to", sendto(fresh, "hello", 5, 0, (struct sockaddr *)&a, sizeof a));
    printf("it has a port now: %d\n", name_of(fresh).sin_port != 0);
    wait_for(one, POLLIN);
    events("one waits", one);
    int count;
    printf("of bytes: %d\n", ioctl(one, FIONREAD, &count) == 0 ? count : -1);
    say("peek", recv(one, buffer, 3, MSG_PEEK));
    say("peek with its length", recv(one, buffer, 3, MSG_PEEK | MSG_TRUNC));
    n = sizeof from;
    say("receive", recvfrom(one, buffer, 3, 0, (struct sockaddr *)&from, &n));
    printf("%.3s, of a name of %d bytes, which is the sender's: %d\n", buffer, (int)n,
           from.sin_port == name_of(fresh).sin_port);
    say("the rest is gone", recv(one, buffer, 10, MSG_DONTWAIT));
    say("send nothing", sendto(other, "", 0, 0, (struct sockaddr *)&a, sizeof a));
    wait_for(one, POLLIN);
    say("receive nothing", recv(one, buffer, 10, 0));
    say("too much", sendto(other, buffer, 65508, 0, (struct sockaddr *)&a, sizeof a));
    say("as much as can be", sendto(other, buffer, 65507, 0, (struct sockaddr *)&a, sizeof a));
    wait_for(one, POLLIN);
    say("comes", recv(one, buffer, sizeof buffer, 0));
    say("to a port that is none",
        sendto(other, "x", 1, 0,
               (struct sockaddr *)&(struct sockaddr_in){.sin_family = AF_INET, .sin_addr = a.sin_addr}, sizeof a));
    say("to too short a name", sendto(other, "x", 1, 0, (struct sockaddr *)&a, 8));
    a.sin_family = AF_UNIX;
    say("to another family's", sendto(other, "x", 1, 0, (struct sockaddr *)&a, sizeof a));
    say("bind a bound one", bind(other, (struct sockaddr *)&b, sizeof b));
    int third = socket(AF_INET, SOCK_DGRAM, 0), yes = 1;
    say("bind where one is", bind(third, (struct sockaddr *)&b, sizeof b));
    setsockopt(third, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    say("if only this one shares", bind(third, (struct sockaddr *)&b, sizeof b));
    setsockopt(other, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    say("if both do", bind(third, (struct sockaddr *)&b, sizeof b));
    struct timeval limit = {.tv_usec = 20000};
    setsockopt(one, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    say("wait for a while", recv(one, buffer, 10, 0));
    say("out of band", recv(one, buffer, 10, MSG_OOB));
    say("errors in a queue", recv(one, buffer, 10, MSG_ERRQUEUE));
    close(one);
    close(other);
    close(fresh);
    close(third);
}

static void connected(void) {
    struct sockaddr_in a, b, c, gone, found;
    socklen_t n = sizeof found;
    int one = bound(&a), other = bound(&b), third = bound(&c), s = bound(&gone);
    close(s);
    s = socket(AF_INET, SOCK_DGRAM, 0);
    say("connect", connect(s, (struct sockaddr *)&a, sizeof a));
    say_name("its name", s);
    say("its peer", getpeername(s, (struct sockaddr *)&found, &n));
    printf("is that: %d\n", found.sin_port == a.sin_port);
    say("send", send(s, "to one", 6, 0));
    wait_for(one, POLLIN);
    n = sizeof found;
    say("comes", recvfrom(one, buffer, 100, 0, (struct sockaddr *)&found, &n));
    sendto(third, "a stranger's", 12, 0, (struct sockaddr *)&found, sizeof found);
    sendto(one, "an answer", 9, 0, (struct sockaddr *)&found, sizeof found);
    wait_for(s, POLLIN);
    say("of the peer's only", read(s, buffer, 100));
    say("no other", recv(s, buffer, 100, MSG_DONTWAIT));
    say("to another all the same", sendto(s, "x", 1, 0, (struct sockaddr *)&b, sizeof b));
    wait_for(other, POLLIN);
    say("comes there", read(other, buffer, 100));
    say("connect to another", connect(s, (struct sockaddr *)&b, sizeof b));
    send(s, "to other", 8, 0);
    wait_for(other, POLLIN);
    say("comes there", read(other, buffer, 100));
    struct sockaddr nobody = {.sa_family = AF_UNSPEC};
    say("leave", connect(s, &nobody, sizeof nobody));
    say("its peer", getpeername(s, (struct sockaddr *)&found, &n));
    say("send", send(s, "x", 1, 0));
    say("connect where nobody is", connect(s, (struct sockaddr *)&gone, sizeof gone));
    say("send there", send(s, "x", 1, 0));
    wait_for(s, POLLERR);
    events("refused", s);
    say("the next send says so", send(s, "x", 1, 0));
    say("and the one after goes", send(s, "x", 1, 0));
    wait_for(s, POLLERR);
    say("or receive", recv(s, buffer, 10, 0));
    send(s, "x", 1, 0);
    wait_for(s, POLLERR);
    say("or the option", get_int(s, SOL_SOCKET, SO_ERROR));
    say("then no more", recv(s, buffer, 10, MSG_DONTWAIT));
    say("end it", shutdown(s, SHUT_RD));
    events("then", s);
    say("receive", recv(s, buffer, 10, 0));
    say("end the other, too", shutdown(s, SHUT_WR));
    events("then", s);
    say("send", send(s, "x", 1, MSG_NOSIGNAL));
    close(s);
    s = socket(AF_INET, SOCK_DGRAM, 0);
    say("unconnected, where nobody is", sendto(s, "x", 1, 0, (struct sockaddr *)&gone, sizeof gone));
    say("is not told", recv(s, buffer, 10, MSG_DONTWAIT));
    close(s);
    close(one);
    close(other);
    close(third);
}

static void told_more(void) {
    struct sockaddr_in any = {.sin_family = AF_INET}, to;
    int s = socket(AF_INET, SOCK_DGRAM, 0), client = socket(AF_INET, SOCK_DGRAM, 0), yes = 1;
    bind(s, (struct sockaddr *)&any, sizeof any);
    to = loopback(ntohs(name_of(s).sin_port));
    to.sin_addr.s_addr = htonl(0x7f1f0702); // 127.31.7.2
    setsockopt(s, IPPROTO_IP, IP_PKTINFO, &yes, sizeof yes);
    setsockopt(s, IPPROTO_IP, IP_RECVTTL, &yes, sizeof yes);
    setsockopt(s, IPPROTO_IP, IP_RECVTOS, &yes, sizeof yes);
    setsockopt(s, SOL_SOCKET, SO_TIMESTAMP, &yes, sizeof yes);
    int service = 0x10;
    setsockopt(client, IPPROTO_IP, IP_TOS, &service, sizeof service);
    sendto(client, "a question", 10, 0, (struct sockaddr *)&to, sizeof to);
    char control[256];
    struct sockaddr_in from;
    struct iovec piece = {buffer, 4};
    struct msghdr m = {.msg_name = &from,
                       .msg_namelen = sizeof from,
                       .msg_iov = &piece,
                       .msg_iovlen = 1,
                       .msg_control = control,
                       .msg_controllen = sizeof control};
    say("receive", recvmsg(s, &m, 0));
    printf("flags %x, control %d\n", (unsigned)m.msg_flags, (int)m.msg_controllen);
    struct in_pktinfo info = {0};
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
        printf("level %d type %d length %d", c->cmsg_level, c->cmsg_type, (int)c->cmsg_len);
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            memcpy(&info, CMSG_DATA(c), sizeof info);
            printf(": interface %d, address %s", info.ipi_ifindex, inet_ntoa(info.ipi_addr));
            printf(", ours %s", inet_ntoa(info.ipi_spec_dst));
        } else if (c->cmsg_level == IPPROTO_IP) {
            printf(": %d", *(unsigned char *)CMSG_DATA(c));
        } else {
            struct timeval then, now;
            memcpy(&then, CMSG_DATA(c), sizeof then);
            gettimeofday(&now, NULL);
            printf(": a moment ago: %d", now.tv_sec - then.tv_sec >= 0 && now.tv_sec - then.tv_sec < 10);
        }
        printf("\n");
    }
    info.ipi_ifindex = 0;
    char answer[CMSG_SPACE(sizeof info)] = {0};
    struct msghdr back = {.msg_name = &from,
                          .msg_namelen = sizeof from,
                          .msg_iov = &piece,
                          .msg_iovlen = 1,
                          .msg_control = answer,
                          .msg_controllen = sizeof answer};
    struct cmsghdr *c = CMSG_FIRSTHDR(&back);
    *c = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof info), .cmsg_level = IPPROTO_IP, .cmsg_type = IP_PKTINFO};
    memcpy(CMSG_DATA(c), &info, sizeof info);
    say("answer from that address", sendmsg(s, &back, 0));
    socklen_t n = sizeof from;
    wait_for(client, POLLIN);
    recvfrom(client, buffer, 100, 0, (struct sockaddr *)&from, &n);
    printf("comes from %s\n", inet_ntoa(from.sin_addr));
    info.ipi_spec_dst.s_addr = htonl(0xcb007101);
    memcpy(CMSG_DATA(c), &info, sizeof info);
    say("from somebody else's", sendmsg(s, &back, 0));
    sendto(client, "again", 5, 0, (struct sockaddr *)&to, sizeof to);
    m.msg_controllen = 20;
    say("with little room", recvmsg(s, &m, 0));
    printf("flags %x\n", (unsigned)m.msg_flags);
    sendto(client, "again", 5, 0, (struct sockaddr *)&to, sizeof to);
    m.msg_control = NULL;
    m.msg_controllen = 0;
    say("with none", recvmsg(s, &m, 0));
    printf("flags %x\n", (unsigned)m.msg_flags);
    close(s);
    close(client);
}

static void many(void) {
    struct sockaddr_in a;
    int s = bound(&a), client = socket(AF_INET, SOCK_DGRAM, 0);
    connect(client, (struct sockaddr *)&a, sizeof a);
    struct mmsghdr out[5], in[8];
    struct iovec pieces[5][2], to[8];
    memset(out, 0, sizeof out);
    memset(in, 0, sizeof in);
    for (int i = 0; i < 5; i++) {
        pieces[i][0] = (struct iovec){"number ", 7};
        pieces[i][1] = (struct iovec){"01234" + i, (size_t)(5 - i)};
        out[i].msg_hdr = (struct msghdr){.msg_iov = pieces[i], .msg_iovlen = 2};
    }
    for (int i = 0; i < 8; i++) {
        to[i] = (struct iovec){buffer + i * 100, 9};
        in[i].msg_hdr = (struct msghdr){.msg_iov = &to[i], .msg_iovlen = 1};
    }
    say("send five", sendmmsg(client, out, 5, 0));
    for (int i = 0; i < 5; i++) printf("%u ", out[i].msg_len);
    printf("\n");
    say("receive up to eight", recvmmsg(s, in, 8, MSG_WAITFORONE, NULL));
    for (int i = 0; i < 5; i++)
        printf("%u %.9s %x, ", in[i].msg_len, buffer + i * 100, (unsigned)in[i].msg_hdr.msg_flags);
    printf("\n");
    say("none is left", recvmmsg(s, in, 8, MSG_DONTWAIT, NULL));
    struct timespec limit = {.tv_nsec = 10000000};
    send(client, "one", 3, 0);
    send(client, "two", 3, 0);
    say("two of two, within a time", recvmmsg(s, in, 2, 0, &limit));
    out[2].msg_hdr.msg_iov = NULL;
    say("until one that can't be sent", sendmmsg(client, out, 5, 0));
    close(s);
    close(client);
}

static void shared(void) {
    struct sockaddr_in a = loopback(0);
    int s[3], yes = 1, all = 0, some = 0;
    for (int i = 0; i < 3; i++) {
        s[i] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
        if (i < 2) setsockopt(s[i], SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
        say("one of several at a port", bind(s[i], (struct sockaddr *)&a, sizeof a));
        a = name_of(s[0]);
    }
    for (int i = 0; i < 40; i++) {
        int client = socket(AF_INET, SOCK_DGRAM, 0);
        sendto(client, "x", 1, 0, (struct sockaddr *)&a, sizeof a);
        close(client);
    }
    for (int i = 0; i < 2; i++) {
        int mine = 0;
        while (recv(s[i], buffer, 10, 0) == 1) mine++;
        all += mine;
        some += mine > 0;
    }
    printf("both get some: %d, together all: %d\n", some == 2, all);
    for (int i = 0; i < 3; i++) close(s[i]);
}

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    unconnected();
    connected();
    told_more();
    many();
    shared();
    return 0;
}
