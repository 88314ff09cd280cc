// A stack of ours and Linux's own, connected by a TAP device.

#define _GNU_SOURCE
#include "linux_link.h"
#include "heap_on_host.h"
#include "mem/heap.h"
#include "net/stack/arp.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { FRAME_MOST = 1514 };

struct linux_link linux_link = {.tap = -1};

static uint64_t clock_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * SECONDS + (uint64_t)t.tv_nsec;
}

static void transmit(struct interface *i, struct packet *p) {
    (void)i;
    if (!linux_link.passes || linux_link.passes(OURS, p))
        bad_wire_send(&linux_link.faults, LINUX, p, linux_link.now_ns);
    packet_free(p);
}

static void tcp_changed(struct tcp_connection *c, unsigned what) {
    if (linux_link.changed) linux_link.changed(c, what);
}

static void tcp_arrived(void *owner) {
    if (linux_link.arrived) linux_link.arrived(owner);
}

static void udp_changed(struct udp_endpoint *e) { (void)e; }

static const struct stack_hooks hooks = {
    .tcp_changed = tcp_changed, .tcp_arrived = tcp_arrived, .udp_changed = udp_changed};

static bool put(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (fd >= 0) close(fd);
    return done;
}

/// As root by itself; else as the root of a user namespace.
static bool enter_namespace(void) {
    char user[64], group[64];
    snprintf(user, sizeof user, "0 %u 1", geteuid());
    snprintf(group, sizeof group, "0 %u 1", getegid());
    if (unshare(CLONE_NEWNET) == 0) return true;
    return unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 && put("/proc/self/uid_map", user) &&
           put("/proc/self/setgroups", "deny") && put("/proc/self/gid_map", group);
}

static bool set_up(int fd, const char *name, uint32_t address) {
    struct ifreq r = {.ifr_flags = 0};
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(address)};
    snprintf(r.ifr_name, sizeof r.ifr_name, "%s", name);
    if (address) {
        memcpy(&r.ifr_addr, &a, sizeof a);
        if (ioctl(fd, SIOCSIFADDR, &r) != 0) return false;
        a.sin_addr.s_addr = htonl(IPV4(255, 255, 255, 0));
        memcpy(&r.ifr_netmask, &a, sizeof a);
        if (ioctl(fd, SIOCSIFNETMASK, &r) != 0) return false;
    }
    r.ifr_flags = IFF_UP | IFF_RUNNING;
    return ioctl(fd, SIOCSIFFLAGS, &r) == 0;
}

const char *linux_link_open(void) {
    static const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};
    static const uint64_t seed[4] = {0x123456789, 0xabcdef, 77, 0x4321};
    struct ifreq r = {.ifr_name = "wire", .ifr_flags = IFF_TAP | IFF_NO_PI};
    if (!enter_namespace()) return "a network namespace is not permitted";
    linux_link.tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (linux_link.tap < 0) return "/dev/net/tun can't be opened";
    if (ioctl(linux_link.tap, TUNSETIFF, &r) != 0) return "a TAP device is not permitted";
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool is_up = set_up(fd, "lo", 0) && set_up(fd, "wire", linux_link_address(LINUX));
    close(fd);
    if (!is_up) return "the TAP device can't be set up";
    linux_link.now_ns = clock_now();
    stack_init(&linux_link.stack, &hooks, seed, linux_link.now_ns);
    linux_link.interface = interface_add(&linux_link.stack, "en1", mac, ETHERNET_MTU, transmit, NULL);
    interface_configure(linux_link.interface, linux_link_address(OURS), IPV4(255, 255, 255, 0), 0);
    return NULL;
}

void linux_link_close(void) {
    bad_wire_clear(&linux_link.faults);
    linux_link_begin();
    arp_forget(linux_link.interface);
    fragments_forget(&linux_link.stack.fragments);
    tcp_forget_all_waiting(&linux_link.stack);
    linux_link_end();
    bad_wire_clear(&linux_link.faults);
    close(linux_link.tap);
}

struct net_stack *linux_link_begin(void) {
    linux_link.now_ns = clock_now();
    stack_begin(&linux_link.stack, linux_link.now_ns);
    return &linux_link.stack;
}

void linux_link_end(void) { stack_end(&linux_link.stack); }

/// What Linux has sent sets out.
static void take_from_linux(void) {
    ssize_t n;
    do {
        struct packet *p = packet_make(FRAME_MOST);
        n = read(linux_link.tap, p->data, FRAME_MOST);
        p->length = n > 0 ? (uint32_t)n : 0;
        if (n > 0 && (!linux_link.passes || linux_link.passes(LINUX, p)))
            bad_wire_send(&linux_link.faults, OURS, p, linux_link.now_ns);
        packet_free(p);
    } while (n > 0);
}

static void deliver(void) {
    unsigned to;
    for (struct packet *p; (p = bad_wire_arrived(&linux_link.faults, &to, linux_link.now_ns));) {
        if (to == OURS) {
            stack_receive(linux_link_begin(), linux_link.interface, p);
            linux_link_end();
        } else {
            // What a full queue loses is lost, as on any wire.
            if (write(linux_link.tap, p->data, p->length) < 0 && errno != EAGAIN) perror("TAP");
            packet_free(p);
        }
    }
}

bool linux_link_run(bool (*claim)(void), uint64_t limit_ns) {
    uint64_t end = clock_now() + limit_ns;
    for (;;) {
        linux_link.now_ns = clock_now();
        take_from_linux();
        deliver();
        stack_run_timers(linux_link_begin());
        linux_link_end();
        if (claim && claim()) return true;
        if (linux_link.now_ns >= end) return false;
        // Claims do something too, such as reading from Linux's sockets: they are asked every millisecond.
        uint64_t next = bad_wire_next(&linux_link.faults), now = clock_now(), wait = next < now ? 0 : next - now;
        const struct timespec pause = {.tv_nsec = (long)(wait < MS ? wait : MS)};
        struct pollfd fd = {.fd = linux_link.tap, .events = POLLIN};
        ppoll(&fd, 1, &pause, NULL);
    }
}

void linux_link_pass(uint64_t ns) { linux_link_run(NULL, ns); }

static struct sockaddr_in address_of(unsigned end, uint16_t port) {
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(linux_link_address(end))};
}

int linux_socket(int kind, uint16_t port) {
    int fd = socket(AF_INET, kind | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), yes = 1;
    const struct sockaddr_in a = address_of(LINUX, port);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (port && bind(fd, (const struct sockaddr *)&a, sizeof a) != 0) perror("bind");
    return fd;
}

int linux_connect(int fd, uint16_t port) {
    const struct sockaddr_in a = address_of(OURS, port);
    return connect(fd, (const struct sockaddr *)&a, sizeof a) == 0 || errno == EINPROGRESS ? 0 : errno;
}

bool linux_has(int fd, short events) {
    struct pollfd p = {.fd = fd, .events = events};
    return poll(&p, 1, 0) == 1 && (p.revents & events);
}

int linux_error(int fd) {
    int error = 0;
    socklen_t n = sizeof error;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n);
    return error;
}

static void get_info(int fd, uint8_t info[256]) {
    enum { TCP_INFO = 11 };
    socklen_t n = 256;
    memset(info, 0, n);
    getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, &n);
}

uint8_t linux_byte(int fd, unsigned at) {
    uint8_t info[256];
    get_info(fd, info);
    return info[at];
}

uint32_t linux_word(int fd, unsigned at) {
    uint8_t info[256];
    uint32_t word;
    get_info(fd, info);
    memcpy(&word, info + at, sizeof word);
    return word;
}
