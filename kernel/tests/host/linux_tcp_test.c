// Our stack and Linux's own, one situation after the other: what each makes of what the other says.

#define _GNU_SOURCE
#include "frames.h"
#include "heap_on_host.h"
#include "linux_link.h"
#include "tap.h"
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { OPTION_SACK = 2, OPTION_SCALE = 4, OPTION_MAXSEG = 2, LIMIT = 20 };

static struct tcp_listener listener;
static struct tcp_connection *ours;
static int theirs, listening; // Linux's
static uint8_t buffer[65536];
static uint32_t longest_from_us, linux_probes;

static void we_accept(void *owner) {
    (void)owner;
    ours = tcp_accept(&listener, &ours);
}

/// Counts what Linux asks of a connection that is idle, and looks at the length of what we send.
static bool look(unsigned from, const struct packet *p) {
    const uint8_t *ip = p->data + 14, *tcp = ip + 20;
    if (p->data[12] != 8 || p->data[13] != 0 || ip[9] != PROTOCOL_TCP) return true;
    uint32_t length = wire_get16(ip + 2) - 20u - (tcp[12] >> 4) * 4u;
    if (from == OURS && length > longest_from_us) longest_from_us = length;
    if (from == LINUX && length == 0 && wire_get16(tcp) == 5999) linux_probes++;
    return true;
}

static bool both_open(void) {
    if (theirs < 0) theirs = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    return ours && theirs >= 0 && tcp_state(ours) == TCP_ESTABLISHED &&
           linux_byte(theirs, LINUX_STATE) == TCP_ESTABLISHED;
}

static uint16_t linux_port; // 0: any
/// The last connection from a port may not be over yet.
static bool linux_begins_to_connect(void) {
    theirs = linux_socket(SOCK_STREAM, linux_port);
    if (linux_connect(theirs, 80) == 0) return true;
    close(theirs);
    return false;
}

static bool linux_connects(uint16_t from) {
    ours = NULL;
    linux_port = from;
    return linux_link_run(linux_begins_to_connect, LIMIT * SECONDS) && linux_link_run(both_open, LIMIT * SECONDS);
}

static int begin_to_connect(uint16_t from, uint16_t to, const struct tcp_settings *settings) {
    const struct tcp_ends ends = {.port = from, .remote = linux_link_address(LINUX), .remote_port = to};
    int result = tcp_connect(linux_link_begin(), &ends, settings, &ours, &ours);
    linux_link_end();
    return result;
}

static bool we_connect(const struct tcp_settings *settings) {
    theirs = -1;
    return begin_to_connect(0, 81, settings) == 0 && linux_link_run(both_open, LIMIT * SECONDS);
}

static void we_write(uint32_t n) {
    struct tcp_chunk *chunk = tcp_chunk_make(n);
    memset(tcp_chunk_bytes(chunk), 'x', n);
    linux_link_begin();
    tcp_send_chunk(ours, chunk, n, false);
    linux_link_end();
}

static void we_end(void (*how)(struct tcp_connection *c)) {
    linux_link_begin();
    how(ours);
    linux_link_end();
}

static void we_close(struct tcp_connection *c) { tcp_close(c, false); }
static void we_reset(struct tcp_connection *c) { tcp_close(c, true); }

static void we_consume(void) {
    linux_link_begin();
    tcp_consume(ours, tcp_unread_bytes(ours));
    linux_link_end();
}

static void linux_resets(int fd) {
    const struct linger at_once = {1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(fd);
}

static void drop_both(void) {
    we_end(we_reset);
    close(theirs);
    linux_link_pass(5 * MS);
}

/// Bytes that Linux has to read, taken; -1 at the end, else a negative errno.
static long linux_read(void) {
    ssize_t n = recv(theirs, buffer, sizeof buffer, 0);
    return n > 0 ? n : n == 0 ? -1 : -errno;
}

static bool ours_closed(void) { return tcp_state(ours) == TCP_CLOSED; }
static bool linux_has_some(void) { return linux_has(theirs, POLLIN); }
static bool linux_failed(void) { return linux_has(theirs, POLLERR); }
static bool linux_ended(void) { return linux_read() == -1; }

static bool linux_heard_end(void) { return linux_byte(theirs, LINUX_STATE) == TCP_CLOSE_WAIT; }
static bool have_unread(void) { return tcp_unread_bytes(ours) > 0; }
static bool our_reading_ended(void) { return tcp_reading_ended(ours); }
/// All but the one that is kept alive are over.
static bool none_is_left(void) { return linux_link.stack.tcp_connection_count == 1; }

static void test_refusal(void) {
    begin_to_connect(0, 99, &tcp_usual_settings);
    ok(linux_link_run(ours_closed, LIMIT * SECONDS) && tcp_error(ours, false) == ECONNREFUSED,
       "Linux refuses us where nobody listens");
    we_end(we_close);
    theirs = linux_socket(SOCK_STREAM, 0);
    linux_connect(theirs, 99);
    ok(linux_link_run(linux_failed, LIMIT * SECONDS) && linux_error(theirs) == ECONNREFUSED, "and we refuse Linux");
    close(theirs);
}

static void test_options(void) {
    struct tcp_figures f;
    bool is_open = linux_connects(0);
    unsigned agreed = linux_byte(theirs, LINUX_OPTIONS);
    tcp_figures(ours, &f);
    ok(is_open && (agreed & OPTION_SACK) && (agreed & OPTION_SCALE) && f.has_sack && f.has_scaling,
       "Linux connects, and selective acknowledgements and scaled windows are agreed on");
    ok(f.mss == 1460 && linux_word(theirs, LINUX_SEND_MSS) == 1460, "and so are whole segments");
    drop_both();
    int little = 700;
    setsockopt(listening, IPPROTO_TCP, OPTION_MAXSEG, &little, sizeof little);
    is_open = we_connect(&tcp_usual_settings);
    agreed = linux_byte(theirs, LINUX_OPTIONS);
    ok(is_open && (agreed & OPTION_SACK) && (agreed & OPTION_SCALE), "so they are where we connect");
    longest_from_us = 0;
    we_write(50000);
    linux_link_pass(50 * MS);
    ok(longest_from_us == 700, "where Linux wants short segments it gets them");
    drop_both();
    little = 1460;
    setsockopt(listening, IPPROTO_TCP, OPTION_MAXSEG, &little, sizeof little);
}

static uint32_t read_by_linux;
static bool linux_has_all(void) {
    for (long n; (n = linux_read()) > 0;) read_by_linux += (uint32_t)n;
    return read_by_linux == 200000;
}

static void test_half_close(void) {
    linux_connects(0);
    we_end(tcp_shut_writing);
    bool has_ended = linux_link_run(linux_ended, LIMIT * SECONDS);
    memset(buffer, 'y', sizeof buffer);
    bool is_sent = send(theirs, buffer, 50000, 0) == 50000;
    close(theirs);
    bool all = linux_link_run(our_reading_ended, LIMIT * SECONDS);
    ok(has_ended && is_sent && all && tcp_unread_bytes(ours) == 50000, "after our end Linux goes on, to its own");
    ok(tcp_state(ours) == TCP_TIME_WAIT, "and we wait a minute");
    we_end(we_close);
    linux_connects(0);
    shutdown(theirs, SHUT_WR);
    bool is_half = linux_link_run(our_reading_ended, LIMIT * SECONDS) && tcp_state(ours) == TCP_CLOSE_WAIT;
    read_by_linux = 0;
    we_write(200000);
    ok(is_half && linux_link_run(linux_has_all, LIMIT * SECONDS), "after Linux's end we go on");
    we_end(we_close);
    ok(linux_link_run(linux_ended, LIMIT * SECONDS), "to our own");
    close(theirs);
}

static void test_resets(void) {
    linux_connects(0);
    linux_resets(theirs);
    ok(linux_link_run(ours_closed, LIMIT * SECONDS) && tcp_error(ours, false) == ECONNRESET, "Linux resets us");
    we_end(we_close);
    linux_connects(0);
    we_end(we_reset);
    ok(linux_link_run(linux_failed, LIMIT * SECONDS) && linux_error(theirs) == ECONNRESET, "and we reset Linux");
    close(theirs);
    linux_connects(0);
    send(theirs, "unread", 6, 0);
    linux_link_run(have_unread, LIMIT * SECONDS);
    we_end(we_close);
    ok(linux_link_run(linux_failed, LIMIT * SECONDS) && linux_error(theirs) == ECONNRESET,
       "also by a close that leaves something unread");
    close(theirs);
    linux_connects(0);
    close(theirs);
    linux_link_run(our_reading_ended, LIMIT * SECONDS);
    we_write(1000);
    ok(linux_link_run(ours_closed, LIMIT * SECONDS) && tcp_error(ours, false) == EPIPE,
       "what comes for a socket that Linux has closed is answered so");
    we_end(we_close);
    linux_connects(0);
    we_end(we_close);
    linux_link_run(linux_heard_end, LIMIT * SECONDS);
    send(theirs, "late", 4, MSG_NOSIGNAL);
    ok(linux_link_run(linux_failed, LIMIT * SECONDS) && linux_error(theirs) == EPIPE,
       "and what comes for one that we have closed");
    close(theirs);
}

static uint32_t written_by_linux;
/// Linux writes for as long as it is asked.
static bool our_window_is_closed(void) {
    struct tcp_figures f;
    ssize_t n = send(theirs, buffer, sizeof buffer, MSG_NOSIGNAL);
    if (n > 0) written_by_linux += (uint32_t)n;
    tcp_figures(ours, &f);
    return f.receive_window < 1460;
}
static uint32_t read_by_us;
static bool we_have_all(void) {
    read_by_us += tcp_unread_bytes(ours);
    we_consume();
    return read_by_us == written_by_linux;
}

static uint64_t sent_before;
static bool have_probed_twice(void) {
    struct tcp_figures f;
    tcp_figures(ours, &f);
    return f.segments_out >= sent_before + 2;
}

static bool linux_has_closed_its_window(void) {
    struct tcp_figures f;
    tcp_figures(ours, &f);
    return f.peer_window < 1460;
}

static void test_closed_windows(void) {
    struct tcp_figures f;
    linux_connects(0);
    written_by_linux = read_by_us = 0;
    bool is_closed = linux_link_run(our_window_is_closed, LIMIT * SECONDS);
    linux_link_pass(300 * MS);
    uint32_t kept = tcp_unread_bytes(ours);
    ok(is_closed && kept <= tcp_usual_settings.receive_most,
       "what Linux sends beyond our window waits there, and it probes");
    ok(linux_link_run(we_have_all, LIMIT * SECONDS), "and comes once we read");
    drop_both();
    int small = 8192;
    setsockopt(listening, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    we_connect(&tcp_usual_settings);
    read_by_linux = 0;
    we_write(200000);
    is_closed = linux_link_run(linux_has_closed_its_window, LIMIT * SECONDS);
    tcp_figures(ours, &f);
    sent_before = f.segments_out;
    ok(is_closed && linux_link_run(have_probed_twice, LIMIT * SECONDS), "we probe the window that Linux has closed");
    ok(linux_link_run(linux_has_all, LIMIT * SECONDS), "and go on once it is open");
    drop_both();
}

static bool both_wait(void) {
    return linux_byte(theirs, LINUX_STATE) == TCP_CLOSED && tcp_state(ours) == TCP_TIME_WAIT;
}

static void test_at_the_same_time(void) {
    linux_link.faults.delay_ns = 30 * MS;
    theirs = linux_socket(SOCK_STREAM, 5000);
    const struct sockaddr_in us = {
        .sin_family = AF_INET, .sin_port = htons(6000), .sin_addr.s_addr = htonl(linux_link_address(OURS))};
    connect(theirs, (const struct sockaddr *)&us, sizeof us);
    begin_to_connect(6000, 5000, &tcp_usual_settings);
    bool is_open = linux_link_run(both_open, LIMIT * SECONDS);
    ok(is_open, "two who connect to each other at the same moment are connected");
    we_write(10);
    send(theirs, "hello", 5, 0);
    bool has_come = linux_link_run(have_unread, LIMIT * SECONDS),
         has_gone = linux_link_run(linux_has_some, LIMIT * SECONDS);
    ok(has_come && has_gone && tcp_unread_bytes(ours) == 5 && linux_read() == 10, "once, and both ways");
    we_consume();
    shutdown(theirs, SHUT_WR);
    we_end(tcp_shut_writing);
    ok(linux_link_run(both_wait, LIMIT * SECONDS), "two who end it at the same moment both wait a minute");
    we_end(we_close);
    close(theirs);
    linux_link.faults.delay_ns = MS / 2;
}

static bool one_waits(void) { return linux_link.stack.tcp_wait_count > 0; }

static void test_ports_used_again(void) {
    linux_link_begin();
    tcp_forget_all_waiting(&linux_link.stack);
    linux_link_end();
    linux_connects(5001);
    we_end(we_close);
    bool has_ended = linux_link_run(linux_ended, LIMIT * SECONDS);
    close(theirs);
    ok(has_ended && linux_link_run(one_waits, LIMIT * SECONDS) && linux_connects(5001),
       "Linux connects anew from the port of a connection that waits here");
    close(theirs);
    linux_link_run(our_reading_ended, LIMIT * SECONDS);
    we_end(we_close);
    we_connect(&tcp_usual_settings);
    const uint16_t port = tcp_ends(ours)->port;
    close(theirs);
    linux_link_run(our_reading_ended, LIMIT * SECONDS);
    we_end(we_close);
    linux_link_run(none_is_left, LIMIT * SECONDS);
    theirs = -1;
    ok(begin_to_connect(port, 81, &tcp_usual_settings) == 0 && linux_link_run(both_open, LIMIT * SECONDS),
       "and we from that of one that waits there");
    drop_both();
}

static struct tcp_connection *kept;
static int kept_by_linux;

/// Two connections on which nobody says anything for the rest of the test.
static void begin_to_idle(void) {
    int one = 1;
    linux_connects(5999);
    kept_by_linux = theirs;
    setsockopt(theirs, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
    for (int option = 4; option <= 6; option++)
        setsockopt(theirs, IPPROTO_TCP, option, &one, sizeof one); // idle, interval, count
    linux_probes = 0;
    linux_link_begin();
    tcp_settings(ours)->keep_alive = true;
    tcp_settings(ours)->idle_s = tcp_settings(ours)->interval_s = tcp_settings(ours)->probes = 1;
    tcp_settings_changed(ours);
    linux_link_end();
    kept = ours;
}

static bool have_asked(void) {
    struct tcp_figures f;
    tcp_figures(kept, &f);
    return linux_probes >= 3 && f.segments_out >= 4;
}

static void test_idle(void) {
    bool asked = linux_link_run(have_asked, LIMIT * SECONDS);
    ok(asked && tcp_state(kept) == TCP_ESTABLISHED && linux_byte(kept_by_linux, LINUX_STATE) == TCP_ESTABLISHED,
       "an idle connection is kept alive by both, each answering the other");
    ours = kept;
    theirs = kept_by_linux;
    drop_both();
}

/// A SYN from nowhere.
static void give_syn(uint32_t n) {
    const struct forgery f = {IPV4(172, 16, 0, 0) + n, linux_link_address(OURS), 1024, 80, n * 977, 0, 2};
    struct net_stack *s = linux_link_begin();
    ipv4_receive(s, linux_link.interface, forge(&f));
    linux_link_end();
}

static void test_flood(void) {
    for (uint32_t i = 0; i < 1000; i++) give_syn(i);
    ok(linux_link.stack.counters.tcp_cookies > 800 && linux_connects(0), "Linux connects through a flood of SYNs");
    ok((linux_byte(theirs, LINUX_OPTIONS) & (OPTION_SACK | OPTION_SCALE)) == 0,
       "without options, which a cookie can't hold");
    written_by_linux = read_by_us = read_by_linux = 0;
    we_write(200000);
    linux_link_run(our_window_is_closed, 50 * MS);
    ok(linux_link_run(we_have_all, LIMIT * SECONDS) && linux_link_run(linux_has_all, LIMIT * SECONDS),
       "and both ways everything arrives");
    drop_both();
}

int main(void) {
    const char *why = linux_link_open();
    if (why) {
        printf("# Linux's own TCP can't be connected to: %s. The stack against itself is what tcp_test tries.\n", why);
        ok(true, "our stack ran against itself, not against Linux's");
        return done();
    }
    printf("# the other end is Linux's own TCP, on a TAP device\n");
    linux_link.faults.delay_ns = MS / 2;
    linux_link.arrived = we_accept;
    linux_link.passes = look;
    listener = (struct tcp_listener){.port = 80, .backlog = 5, .settings = tcp_usual_settings};
    tcp_listen(linux_link_begin(), &listener);
    linux_link_end();
    listening = linux_socket(SOCK_STREAM, 81);
    listen(listening, 5);
    begin_to_idle();
    test_refusal();
    test_options();
    test_half_close();
    test_resets();
    test_closed_windows();
    test_at_the_same_time();
    test_ports_used_again();
    test_flood();
    test_idle();
    close(listening);
    linux_link_begin();
    tcp_unlisten(&listener);
    linux_link_end();
    linux_link_pass(20 * MS);
    linux_link_close();
    ok(heap_blocks == 0, "no memory is kept");
    return done();
}
