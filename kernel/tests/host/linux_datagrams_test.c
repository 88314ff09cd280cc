// Our UDP, ICMP and fragments, and Linux's own.

#define _GNU_SOURCE
#include "heap_on_host.h"
#include "linux_link.h"
#include "net/stack/udp.h"
#include "tap.h"
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LONG = 9000, LIMIT = 20 };

static struct udp_endpoint ours;
static struct packet *taken;
static int theirs;
static uint8_t bytes[LONG], buffer[65536];
static ssize_t read_by_linux;

static bool we_have_one(void) {
    linux_link_begin();
    taken = udp_take(&ours);
    linux_link_end();
    return taken;
}

static bool linux_has_one(void) {
    read_by_linux = recv(theirs, buffer, sizeof buffer, 0);
    return read_by_linux >= 0;
}

static void we_send(uint16_t port, uint32_t n) {
    struct packet *p = packet_make(n);
    memcpy(p->data, bytes, n);
    p->length = n;
    linux_link_begin();
    udp_send(&ours, 0, linux_link_address(LINUX), port, p);
    linux_link_end();
}

static void test_datagrams(void) {
    for (uint32_t n = 1; n <= LONG; n = n == 1 ? 1472 : n == 1472 ? 1473 : n == 1473 ? LONG : LONG + 1) {
        linux_connect(theirs, 53);
        bool is_sent = send(theirs, bytes, n, 0) == (ssize_t)n;
        bool came = linux_link_run(we_have_one, LIMIT * SECONDS);
        bool is_same = came && taken->length == n && memcmp(taken->data, bytes, n) == 0 && taken->from_port == 5353;
        packet_free(taken);
        we_send(5353, n);
        bool went = linux_link_run(linux_has_one, LIMIT * SECONDS) && read_by_linux == (ssize_t)n &&
                    memcmp(buffer, bytes, n) == 0;
        char sentence[80];
        snprintf(sentence, sizeof sentence, "a datagram of %u bytes goes both ways", n);
        ok(is_sent && is_same && went, sentence);
    }
}

static bool we_are_told(void) { return ours.error == ECONNREFUSED; }
static bool linux_is_told(void) { return linux_error(theirs) == ECONNREFUSED; }

static void test_refusals(void) {
    ours.remote = linux_link_address(LINUX);
    ours.remote_port = 99;
    we_send(99, 10);
    ok(linux_link_run(we_are_told, LIMIT * SECONDS), "Linux tells us that nobody is at a port");
    ours.remote = ours.remote_port = 0;
    linux_connect(theirs, 99);
    send(theirs, bytes, 10, 0);
    ok(linux_link_run(linux_is_told, LIMIT * SECONDS), "and we tell Linux");
}

/// Echoes of Linux's, which checks their sums.
static void test_echo(void) {
    enum { HEADER = 8, ECHO = 8, REPLY = 0, IP = 20 };
    int raw = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_ICMP), udp = theirs;
    const struct sockaddr_in us = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(linux_link_address(OURS))};
    for (uint32_t n = 56; n <= 4000; n = n == 56 ? 4000 : 4001) {
        uint8_t echo[HEADER + 4000] = {ECHO};
        uint32_t sum = 0;
        memcpy(echo + HEADER, bytes, n);
        for (uint32_t i = 0; i < HEADER + n; i += 2) sum += (uint32_t)(echo[i] << 8 | echo[i + 1]);
        sum = (sum & 0xffff) + (sum >> 16);
        wire_put16(echo + 2, (uint16_t)~((sum & 0xffff) + (sum >> 16)));
        connect(raw, (const struct sockaddr *)&us, sizeof us);
        bool is_sent = send(raw, echo, HEADER + n, 0) == (ssize_t)(HEADER + n);
        theirs = raw;
        bool came = linux_link_run(linux_has_one, LIMIT * SECONDS) && read_by_linux == (ssize_t)(IP + HEADER + n);
        char sentence[80];
        snprintf(sentence, sizeof sentence, "Linux pings us with %u bytes", n);
        ok(is_sent && came && buffer[IP] == REPLY && memcmp(buffer + IP + HEADER, bytes, n) == 0, sentence);
        theirs = udp;
    }
    close(raw);
}

int main(void) {
    const char *why = linux_link_open();
    if (why) {
        printf("# Linux's own stack can't be connected to: %s.\n", why);
        ok(true, "datagrams were not tried with Linux's stack; datagrams_test has them without");
        return done();
    }
    for (uint32_t i = 0; i < LONG; i++) bytes[i] = (uint8_t)(i * 13 + (i >> 8));
    linux_link.faults.reordered = 300;
    linux_link.faults.jitter_ns = MS;
    udp_init(linux_link_begin(), &ours);
    udp_bind(&ours, 0, 53);
    linux_link_end();
    theirs = linux_socket(SOCK_DGRAM, 5353);
    test_datagrams();
    test_refusals();
    test_echo();
    close(theirs);
    linux_link_begin();
    udp_close(&ours);
    linux_link_end();
    linux_link_close();
    ok(heap_blocks == 0, "no memory is kept");
    return done();
}
