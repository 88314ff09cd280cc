// Options of sockets that servers set: what is said of them before, what they take, what is said of them then. And
// ioctls.
#define _GNU_SOURCE
#include "inet.h"
#include <net/if.h>

enum { TOO_SHORT = 2 };

static void tell(const char *what, int s, int level, int option) {
    int value[8] = {0};
    socklen_t n = sizeof value;
    if (getsockopt(s, level, option, value, &n) != 0) printf("%s: %s\n", what, strerror(errno));
    else printf("%s: %d (%d bytes)\n", what, n == 1 ? *(unsigned char *)value : value[0], (int)n);
}

static void set(const char *what, int s, int level, int option, int value) {
    int result = setsockopt(s, level, option, &value, sizeof value);
    printf("%s = %d: %s; ", what, value, result == 0 ? "done" : strerror(errno));
    tell("now", s, level, option);
}

static void of_all(int s) {
    tell("type", s, SOL_SOCKET, SO_TYPE);
    tell("family", s, SOL_SOCKET, SO_DOMAIN);
    tell("protocol", s, SOL_SOCKET, SO_PROTOCOL);
    tell("accepts", s, SOL_SOCKET, SO_ACCEPTCONN);
    tell("error", s, SOL_SOCKET, SO_ERROR);
    static const struct {
        const char *name;
        int option;
    } options[] = {{"reuse address", SO_REUSEADDR}, {"reuse port", SO_REUSEPORT},   {"keep alive", SO_KEEPALIVE},
                   {"broadcast", SO_BROADCAST},     {"do not route", SO_DONTROUTE}, {"priority", SO_PRIORITY},
                   {"inline", SO_OOBINLINE},        {"timestamps", SO_TIMESTAMP},   {"least to read", SO_RCVLOWAT},
                   {"no checks", SO_NO_CHECK}};
    for (unsigned i = 0; i < sizeof options / sizeof *options; i++) {
        tell(options[i].name, s, SOL_SOCKET, options[i].option);
        set(options[i].name, s, SOL_SOCKET, options[i].option, 1);
        set(options[i].name, s, SOL_SOCKET, options[i].option, 5);
        set(options[i].name, s, SOL_SOCKET, options[i].option, 0);
    }
    set("send buffer", s, SOL_SOCKET, SO_SNDBUF, 20000);
    set("send buffer", s, SOL_SOCKET, SO_SNDBUF, 1);
    set("receive buffer", s, SOL_SOCKET, SO_RCVBUF, 20000);
    set("receive buffer", s, SOL_SOCKET, SO_RCVBUF, 1);
    tell("receive buffer", s, SOL_SOCKET, SO_RCVBUF);
    set("an option that is none", s, SOL_SOCKET, 999, 1);
    set("type", s, SOL_SOCKET, SO_TYPE, 1);
    set("protocol", s, SOL_SOCKET, SO_PROTOCOL, 1);
    set("a level that is none", s, 99, 1, 1);
    int value = 1;
    say("too short", setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &value, TOO_SHORT));
    say("nowhere", setsockopt(s, SOL_SOCKET, SO_REUSEADDR, NULL, sizeof value));
    say("no socket", setsockopt(1, SOL_SOCKET, SO_REUSEADDR, &value, sizeof value));
    socklen_t n = TOO_SHORT;
    value = -1;
    say("a part", getsockopt(s, SOL_SOCKET, SO_TYPE, &value, &n));
    printf("of %d bytes: %x\n", (int)n, (unsigned)value);
    struct timeval limits[] = {{5, 200000}, {0, 0}, {-1, 0}, {1, 2000000}}, found;
    for (unsigned i = 0; i < 4; i++) {
        say("a limit", setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &limits[i], sizeof found));
        n = sizeof found;
        getsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &found, &n);
        printf("is %ld.%06ld\n", (long)found.tv_sec, (long)found.tv_usec);
    }
    struct linger linger[] = {{1, 5}, {0, 7}, {1, 0}}, now;
    for (unsigned i = 0; i < 3; i++) {
        say("linger", setsockopt(s, SOL_SOCKET, SO_LINGER, &linger[i], sizeof now));
        n = sizeof now;
        getsockopt(s, SOL_SOCKET, SO_LINGER, &now, &n);
        printf("is %d %d\n", now.l_onoff, now.l_linger);
    }
}

static void of_ip(int s) {
    tell("TTL", s, IPPROTO_IP, IP_TTL);
    set("TTL", s, IPPROTO_IP, IP_TTL, 7);
    set("TTL", s, IPPROTO_IP, IP_TTL, 0);
    set("TTL", s, IPPROTO_IP, IP_TTL, 256);
    set("TTL", s, IPPROTO_IP, IP_TTL, -1);
    set("service", s, IPPROTO_IP, IP_TOS, 0x10);
    set("to be told addresses", s, IPPROTO_IP, IP_PKTINFO, 1);
    set("to be told the TTL", s, IPPROTO_IP, IP_RECVTTL, 1);
    set("to be told the service", s, IPPROTO_IP, IP_RECVTOS, 1);
    set("errors in a queue", s, IPPROTO_IP, IP_RECVERR, 1);
    set("errors in a queue", s, IPPROTO_IP, IP_RECVERR, 0);
    tell("path MTU", s, IPPROTO_IP, IP_MTU_DISCOVER);
    set("path MTU", s, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO);
    set("path MTU", s, IPPROTO_IP, IP_MTU_DISCOVER, 9);
    set("any address", s, IPPROTO_IP, IP_FREEBIND, 1);
    set("a port later", s, IPPROTO_IP, 24 /* IP_BIND_ADDRESS_NO_PORT */, 1);
    tell("MTU", s, IPPROTO_IP, IP_MTU);
    set("an option of IP that is none", s, IPPROTO_IP, 250, 1);
}

static void of_tcp(int s) {
    static const struct {
        const char *name;
        int option, values[4];
    } options[] = {{"no delay", TCP_NODELAY, {1, 5, 0, 1}},
                   {"cork", TCP_CORK, {1, 0, 0, 0}},
                   {"idle", TCP_KEEPIDLE, {60, 0, 32768, 10}},
                   {"interval", TCP_KEEPINTVL, {30, 0, 32768, 10}},
                   {"probes", TCP_KEEPCNT, {3, 0, 128, 5}},
                   {"tries of SYN", TCP_SYNCNT, {3, 0, 256, 5}},
                   {"user timeout", TCP_USER_TIMEOUT, {5000, -1, 0, 100}},
                   {"quick", TCP_QUICKACK, {0, 1, 0, 1}},
                   {"not sent", TCP_NOTSENT_LOWAT, {16384, 1, 5, 16384}},
                   {"segment", TCP_MAXSEG, {700, 1, 40000, 1400}},
                   {"defer", TCP_DEFER_ACCEPT, {1, 0, 0, 0}},
                   {"fast open", TCP_FASTOPEN_CONNECT, {0, 2, 0, 0}},
                   {"an option that is none", 200, {1, 0, 0, 0}}};
    for (unsigned i = 0; i < sizeof options / sizeof *options; i++) {
        if (options[i].option != TCP_NOTSENT_LOWAT) tell(options[i].name, s, IPPROTO_TCP, options[i].option);
        for (unsigned k = 0; k < 4; k++) set(options[i].name, s, IPPROTO_TCP, options[i].option, options[i].values[k]);
    }
    say("a way that is none", setsockopt(s, IPPROTO_TCP, TCP_CONGESTION, "no-such", 7));
    say("a usual one", setsockopt(s, IPPROTO_TCP, TCP_CONGESTION, "reno", 4));
    char name[32] = {0};
    socklen_t n = sizeof name;
    getsockopt(s, IPPROTO_TCP, TCP_CONGESTION, name, &n);
    printf("%s, %d\n", name, (int)n);
    struct tcp_info info;
    n = sizeof info;
    say("info", getsockopt(s, IPPROTO_TCP, TCP_INFO, &info, &n));
    printf("state %d\n", info.tcpi_state);
}

static void handed_on(void) {
    struct sockaddr_in a = loopback(0);
    int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0), n, on = 1;
    bind(listener, (struct sockaddr *)&a, sizeof a);
    setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(listener, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    set("idle", listener, IPPROTO_TCP, TCP_KEEPIDLE, 77);
    set("service", listener, IPPROTO_IP, IP_TOS, 8);
    listen(listener, 5);
    tell("accepts", listener, SOL_SOCKET, SO_ACCEPTCONN);
    a = name_of(listener);
    connect(client, (struct sockaddr *)&a, sizeof a);
    int s = accept(listener, NULL, NULL);
    tell("no delay", s, IPPROTO_TCP, TCP_NODELAY);
    tell("keep alive", s, SOL_SOCKET, SO_KEEPALIVE);
    tell("reuse address", s, SOL_SOCKET, SO_REUSEADDR);
    tell("idle", s, IPPROTO_TCP, TCP_KEEPIDLE);
    tell("accepts", s, SOL_SOCKET, SO_ACCEPTCONN);
    struct tcp_info info = {0};
    socklen_t length = sizeof info;
    getsockopt(s, IPPROTO_TCP, TCP_INFO, &info, &length);
    printf("state %d, scaled and selective: %d\n", info.tcpi_state, (info.tcpi_options & 6) == 6);
    send(client, "four", 4, 0);
    wait_for(s, POLLIN);
    printf("to be read: %d", ioctl(s, FIONREAD, &n) == 0 ? n : -1);
    printf(", to be sent: %d\n", ioctl(s, TIOCOUTQ, &n) == 0 ? n : -1);
    printf("at the mark: %d", ioctl(s, 0x8905 /* SIOCATMARK */, &n) == 0 ? n : -1);
    n = 1;
    printf(", not waiting: %d", ioctl(s, FIONBIO, &n));
    char buffer[8];
    printf(", %zd then %zd\n", recv(s, buffer, 8, 0), recv(s, buffer, 8, 0));
    say("of a listener", ioctl(listener, FIONREAD, &n));
    close(s);
    close(client);
    close(listener);
}

static void interfaces(void) {
    static const struct {
        const char *name;
        unsigned long request;
    } asked[] = {{"flags", SIOCGIFFLAGS},       {"address", SIOCGIFADDR},      {"mask", SIOCGIFNETMASK},
                 {"broadcast", SIOCGIFBRDADDR}, {"other end", SIOCGIFDSTADDR}, {"hardware", SIOCGIFHWADDR},
                 {"index", SIOCGIFINDEX},       {"metric", SIOCGIFMETRIC},     {"queue", SIOCGIFTXQLEN}};
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    for (unsigned i = 0; i < sizeof asked / sizeof *asked; i++) {
        struct ifreq r = {.ifr_name = "lo"};
        int result = ioctl(s, asked[i].request, &r);
        const unsigned char *at = (const unsigned char *)&r.ifr_addr;
        printf("%s of lo: %d", asked[i].name, result);
        for (int k = 0; k < 8; k++) printf(" %02x", result == 0 ? at[k] : 0);
        printf("\n");
    }
    struct ifreq r = {.ifr_ifindex = 1};
    say("name of the first", ioctl(s, SIOCGIFNAME, &r));
    printf("%s\n", r.ifr_name);
    r.ifr_ifindex = 999;
    say("name of none", ioctl(s, SIOCGIFNAME, &r));
    strcpy(r.ifr_name, "nowhere");
    say("address of none", ioctl(s, SIOCGIFADDR, &r));
    strcpy(r.ifr_name, "lo");
    say("MTU", ioctl(s, SIOCGIFMTU, &r) == 0 && r.ifr_mtu >= 1500);
    struct ifreq all[8];
    struct ifconf list = {.ifc_len = sizeof all, .ifc_req = all};
    say("list", ioctl(s, SIOCGIFCONF, &list));
    printf("lo is the first: %d\n", list.ifc_len > 0 && strcmp(all[0].ifr_name, "lo") == 0);
    printf("if_nametoindex %u, none %u\n", if_nametoindex("lo"), if_nametoindex("nowhere"));
    close(s);
}

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    int stream = socket(AF_INET, SOCK_STREAM, 0), datagrams = socket(AF_INET, SOCK_DGRAM, 0);
    printf("--- streams\n");
    of_all(stream);
    of_ip(stream);
    of_tcp(stream);
    printf("--- datagrams\n");
    of_all(datagrams);
    of_ip(datagrams);
    tell("no delay", datagrams, IPPROTO_TCP, TCP_NODELAY);
    handed_on();
    interfaces();
    return 0;
}
