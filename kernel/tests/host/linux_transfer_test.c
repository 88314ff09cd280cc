// Megabytes both ways at once between our TCP and Linux's own, over a wire that loses, doubles, delays and reorders:
// every byte must arrive in its place.
//
//   linux_transfer_test [MEGABYTES [SEED]]
//
// Where a TAP device is not permitted, what there is instead is tcp_transfer_test: our stack against itself, on the
// same wire.

#define _GNU_SOURCE
#include "heap_on_host.h"
#include "linux_link.h"
#include "tap.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PIECE = 16000 };

static uint64_t bytes;

/// What each of the two has sent and received.
static struct end {
    uint64_t sent, received;
    bool has_ended, is_intact;
} ends[2];

static struct tcp_listener listener;
static struct tcp_connection *connection;
static int peer;

/// The byte at a place differs with the direction.
static uint8_t byte_at(unsigned from, uint64_t place) {
    return (uint8_t)((place * 31 + (place >> 9)) ^ (from ? 0x5a : 0));
}

static void fill(uint8_t *to, unsigned from, uint64_t place, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) to[i] = byte_at(from, place + i);
}

static void check(struct end *e, unsigned from, const uint8_t *at, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) e->is_intact &= at[i] == byte_at(from, e->received + i);
    e->received += n;
}

static void ours_changed(struct tcp_connection *c, unsigned what) {
    struct end *e = &ends[OURS];
    uint32_t room;
    (void)what;
    if (c != connection || tcp_state(c) == TCP_SYN_SENT) return;
    for (struct packet *p; (p = tcp_unread(c));) {
        uint32_t n = p->length;
        check(e, LINUX, p->data, n);
        tcp_consume(c, n);
    }
    e->has_ended |= tcp_reading_ended(c);
    while (e->sent < bytes && (room = tcp_send_room(c)) > 0) {
        uint32_t n = room < PIECE ? room : PIECE;
        if (n > bytes - e->sent) n = (uint32_t)(bytes - e->sent);
        struct tcp_chunk *chunk = tcp_chunk_make(n);
        fill(tcp_chunk_bytes(chunk), OURS, e->sent, n);
        tcp_send_chunk(c, chunk, n, false);
        e->sent += n;
    }
    if (e->sent == bytes) tcp_shut_writing(c);
    else tcp_want_room(c);
}

static void ours_arrived(void *owner) {
    (void)owner;
    connection = tcp_accept(&listener, &connection);
    ours_changed(connection, 0);
}

/// Linux's side: what can be read and written now.
static void serve_linux(void) {
    static uint8_t buffer[65536];
    struct end *e = &ends[LINUX];
    ssize_t n = 1;
    if (!linux_has(peer, POLLIN | POLLOUT)) return;
    while (!e->has_ended && (n = recv(peer, buffer, sizeof buffer, 0)) > 0) check(e, OURS, buffer, (uint32_t)n);
    e->has_ended |= n == 0 || (n < 0 && errno != EAGAIN);
    while (e->sent < bytes) {
        uint32_t most = bytes - e->sent < sizeof buffer ? (uint32_t)(bytes - e->sent) : sizeof buffer;
        fill(buffer, LINUX, e->sent, most);
        n = send(peer, buffer, most, MSG_NOSIGNAL);
        if (n <= 0) break;
        e->sent += (uint64_t)n;
        if (e->sent == bytes) shutdown(peer, SHUT_WR);
    }
}

static bool is_over(void) {
    serve_linux();
    return ends[OURS].has_ended && ends[LINUX].has_ended && connection && tcp_is_flushed(connection);
}

static void report(uint64_t start, uint64_t frames, uint64_t dropped) {
    struct tcp_figures f;
    tcp_figures(connection, &f);
    printf("# %llu bytes each way in %.1f s, %llu frames, %llu lost; sent again: %u by us, %u by Linux\n",
           (unsigned long long)bytes, (double)(linux_link.now_ns - start) / 1e9,
           (unsigned long long)(linux_link.faults.frames - frames),
           (unsigned long long)(linux_link.faults.dropped - dropped), f.total_retransmits,
           linux_word(peer, LINUX_TOTAL_AGAIN));
}

/// Both have said all they wanted to say, or something went wrong.
static void transfer(const char *sentence) {
    const uint64_t start = linux_link.now_ns, frames = linux_link.faults.frames, dropped = linux_link.faults.dropped;
    bool is_done = linux_link_run(is_over, 60 * SECONDS + bytes * 2000);
    bool all = ends[OURS].received == bytes && ends[LINUX].received == bytes;
    ok(is_done && all && ends[OURS].is_intact && ends[LINUX].is_intact, sentence);
    if (connection) report(start, frames, dropped);
    close(peer);
    linux_link_begin();
    if (connection) tcp_close(connection, !is_done);
    linux_link_end();
    linux_link_pass(20 * MS);
    connection = NULL;
}

static void begin(uint64_t count) {
    bytes = count;
    for (unsigned n = 0; n < 2; n++) ends[n] = (struct end){.is_intact = true};
    linux_link.changed = ours_changed;
    linux_link.arrived = ours_arrived;
}

static void linux_connects(const char *sentence, uint64_t count) {
    begin(count);
    listener = (struct tcp_listener){.port = 80, .backlog = 5, .settings = tcp_usual_settings};
    tcp_listen(linux_link_begin(), &listener);
    linux_link_end();
    peer = linux_socket(SOCK_STREAM, 0);
    linux_connect(peer, 80);
    transfer(sentence);
    linux_link_begin();
    tcp_unlisten(&listener);
    linux_link_end();
}

static int listening;

static bool linux_accepts(void) {
    peer = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    return peer >= 0;
}

static void we_connect(const char *sentence, uint64_t count) {
    const struct tcp_ends to = {.remote = linux_link_address(LINUX), .remote_port = 81};
    begin(count);
    listening = linux_socket(SOCK_STREAM, 81);
    listen(listening, 5);
    int result = tcp_connect(linux_link_begin(), &to, &tcp_usual_settings, &connection, &connection);
    linux_link_end();
    bool is_accepted = result == 0 && linux_link_run(linux_accepts, 30 * SECONDS);
    ok(is_accepted, "Linux takes our connection");
    if (is_accepted) transfer(sentence);
    close(listening);
}

int main(int count, char **arguments) {
    uint64_t megabytes = count > 1 ? strtoull(arguments[1], NULL, 0) : 5;
    bad_wire_seed(count > 2 ? strtoull(arguments[2], NULL, 0) : 0);
    const char *why = linux_link_open();
    if (why) {
        printf(
            "# Linux's own TCP can't be connected to: %s. The stack against itself is what tcp_transfer_test tries.\n",
            why);
        ok(true, "our stack ran against itself on the same wire, not against Linux's");
        return done();
    }
    printf("# the other end is Linux's own TCP, on a TAP device\n");
    we_connect("over a good wire everything arrives", megabytes << 20);
    struct bad_wire *w = &linux_link.faults;
    w->lost = 50;
    w->doubled = 10;
    w->reordered = 20;
    w->delay_ns = MS / 2;
    w->jitter_ns = MS / 2;
    linux_connects("with one frame in twenty lost, others doubled, late and out of order, too", megabytes << 20);
    linux_link_close();
    ok(heap_blocks == 0, "and no memory is kept");
    return done();
}
