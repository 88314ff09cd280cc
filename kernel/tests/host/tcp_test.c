// TCP where things go wrong: closed ports, closed windows, peers that are gone, floods, forgeries; and its timers.

#include "frames.h"
#include "heap_on_host.h"
#include "lib/errno.h"
#include "tap.h"
#include "two_stacks.h"
#include <string.h>

static struct tcp_listener listener;
static struct tcp_connection *client, *server;
static unsigned data_frames, ack_frames;
static uint64_t sent_at[64];
static uint32_t client_sequence, client_ack; // of the client's last segment
static bool drops_acks;

static void accept_one(unsigned n, void *owner) {
    (void)n;
    (void)owner;
    server = tcp_accept(&listener, &server);
}

static const uint8_t *tcp_of(const struct packet *p) { return p->data + 14 + 20; }

/// Counts what the client sends with data, and when; and what the server sends without.
static bool count_frames(unsigned from, const struct packet *p) {
    if (p->data[12] != 8 || p->data[13] != 0 || p->data[14 + 9] != PROTOCOL_TCP) return true;
    uint32_t length = p->length - 14 - 20 - (uint32_t)(tcp_of(p)[12] >> 4) * 4;
    if (from == 0) {
        client_sequence = wire_get32(tcp_of(p) + 4);
        client_ack = wire_get32(tcp_of(p) + 8);
    }
    if (from == 0 && length > 0 && data_frames < 64) sent_at[data_frames++] = wire.now_ns;
    if (from == 1 && length == 0) {
        ack_frames++;
        if (drops_acks) return false;
    }
    return true;
}

static bool is_open(void) { return client && server && tcp_state(client) == TCP_ESTABLISHED; }
static bool is_ended(void) { return tcp_state(client) == TCP_CLOSED; }

static void begin(void) {
    wire_open();
    client = server = NULL;
    data_frames = ack_frames = 0;
    drops_acks = false;
    wire.arrived = accept_one;
    wire.passes = count_frames;
    listener = (struct tcp_listener){.port = 80, .backlog = 5, .settings = tcp_usual_settings};
    tcp_listen(wire_begin(1), &listener);
    wire_end(1);
}

static int connect_to(uint16_t port, const struct tcp_settings *settings) {
    const struct tcp_ends to = {.remote = wire_address(1), .remote_port = port};
    int result = tcp_connect(wire_begin(0), &to, settings, &client, &client);
    wire_end(0);
    return result;
}

static bool open_both(const struct tcp_settings *settings) {
    begin();
    return connect_to(80, settings) == 0 && wire_run(is_open, 5 * SECONDS);
}

static bool write_bytes(struct tcp_connection *c, unsigned n, uint32_t count) {
    struct tcp_chunk *chunk = tcp_chunk_make(count);
    memset(tcp_chunk_bytes(chunk), 'x', count);
    wire_begin(n);
    bool fits = tcp_send_room(c) >= count;
    if (fits) tcp_send_chunk(c, chunk, count, false);
    else tcp_chunk_free(chunk);
    wire_end(n);
    return fits;
}

static void finish(void) {
    wire.faults.is_cut = false;
    wire.passes = NULL;
    wire_begin(0);
    if (client) tcp_close(client, true);
    wire_end(0);
    wire_begin(1);
    if (server) tcp_close(server, true);
    tcp_unlisten(&listener);
    wire_end(1);
    wire_pass(200 * SECONDS);
    wire_close();
}

static void test_refusal(void) {
    begin();
    connect_to(81, &tcp_usual_settings);
    ok(wire_run(is_ended, 5 * SECONDS) && tcp_error(client, false) == ECONNREFUSED,
       "where nobody listens a connection is refused");
    finish();
    begin();
    wire.faults.is_cut = true;
    connect_to(80, &tcp_usual_settings);
    uint64_t start = wire.now_ns;
    bool has_ended = wire_run(is_ended, 500 * SECONDS);
    uint64_t waited = (wire.now_ns - start) / SECONDS;
    ok(has_ended && tcp_error(client, false) == ETIMEDOUT && waited >= 60 && waited < 200,
       "who does not answer at all is given up after minutes");
    finish();
}

static bool client_waits(void) { return tcp_state(client) == TCP_TIME_WAIT; }

static void test_end(void) {
    open_both(&tcp_usual_settings);
    wire_begin(0);
    tcp_shut_writing(client);
    wire_end(0);
    wire_pass(1 * SECONDS);
    ok(tcp_state(client) == TCP_FIN_WAIT_2 && tcp_state(server) == TCP_CLOSE_WAIT && tcp_reading_ended(server),
       "one direction ends by itself");
    ok(write_bytes(server, 1, 5000), "the other goes on");
    wire_pass(1 * SECONDS);
    ok(tcp_unread_bytes(client) == 5000, "and arrives");
    wire_begin(1);
    tcp_close(server, false);
    wire_end(1);
    server = NULL;
    bool waits = wire_run(client_waits, 5 * SECONDS);
    ok(waits && wire_stack(0)->tcp_wait_count == 1, "who ended first waits a minute");
    wire_pass(61 * SECONDS);
    ok(wire_stack(0)->tcp_wait_count == 0, "and no longer");
    finish();
}

static void test_closed_window(void) {
    struct tcp_settings small = tcp_usual_settings;
    begin();
    listener.settings.receive_most = 8192;
    connect_to(80, &small);
    wire_run(is_open, 5 * SECONDS);
    write_bytes(client, 0, 50000);
    wire_pass(10 * SECONDS);
    uint32_t kept = tcp_unread_bytes(server);
    ok(kept >= 6000 && kept <= 8192, "what is not read stays within the window that was told");
    // The word that there is room is lost: the probe brings it.
    drops_acks = true;
    wire_begin(1);
    tcp_consume(server, kept);
    wire_end(1);
    wire_pass(5 * MS);
    drops_acks = false;
    wire_pass(200 * SECONDS);
    ok(tcp_unread_bytes(server) >= 6000, "a window that was opened is found even if nobody hears of it");
    finish();
}

static void test_resending(void) {
    open_both(&tcp_usual_settings);
    write_bytes(client, 0, 100);
    wire_pass(1 * SECONDS);
    wire.faults.is_cut = true;
    data_frames = 0;
    write_bytes(client, 0, 100);
    wire_pass(20 * SECONDS);
    bool doubles = data_frames >= 5;
    for (unsigned i = 2; i + 1 < data_frames && i < 6; i++) {
        double grows = (double)(sent_at[i + 1] - sent_at[i]) / (double)(sent_at[i] - sent_at[i - 1]);
        doubles &= grows > 1.8 && grows < 2.2;
    }
    ok(doubles && sent_at[1] - sent_at[0] >= 200 * MS,
       "what is not acknowledged is sent again after twice as long each time");
    bool has_ended = wire_run(is_ended, 3000 * SECONDS);
    ok(has_ended && tcp_error(client, false) == ETIMEDOUT, "and given up in the end");
    finish();
    struct tcp_settings hasty = tcp_usual_settings;
    hasty.user_timeout_ms = 3000;
    open_both(&hasty);
    wire.faults.is_cut = true;
    write_bytes(client, 0, 100);
    uint64_t start = wire.now_ns;
    has_ended = wire_run(is_ended, 100 * SECONDS);
    ok(has_ended && wire.now_ns - start < 8 * SECONDS, "or sooner, if its owner wants it so");
    finish();
}

static void test_gone_peer(void) {
    open_both(&tcp_usual_settings);
    // The server starts anew, and knows nothing.
    struct tcp_connection *forgotten = server;
    server = NULL;
    wire.faults.is_cut = true;
    wire_begin(1);
    tcp_close(forgotten, true);
    wire_end(1);
    wire_pass(1 * SECONDS);
    wire.faults.is_cut = false;
    write_bytes(client, 0, 10);
    ok(wire_run(is_ended, 10 * SECONDS) && tcp_error(client, false) == ECONNRESET,
       "a peer that has forgotten the connection resets it");
    finish();
    struct tcp_settings alive = tcp_usual_settings;
    alive.keep_alive = true;
    alive.idle_s = 60;
    alive.interval_s = 10;
    alive.probes = 3;
    open_both(&alive);
    wire_pass(600 * SECONDS);
    ok(tcp_state(client) == TCP_ESTABLISHED, "keep-alive keeps a connection whose peer answers");
    wire.faults.is_cut = true;
    uint64_t start = wire.now_ns;
    bool has_ended = wire_run(is_ended, 600 * SECONDS);
    ok(has_ended && tcp_error(client, false) == ETIMEDOUT && wire.now_ns - start <= 110 * SECONDS,
       "and ends one whose peer does not");
    finish();
}

static void test_late_acks(void) {
    open_both(&tcp_usual_settings);
    // The first few are acknowledged at once.
    for (int i = 0; i < 8; i++) {
        write_bytes(client, 0, 10);
        wire_pass(100 * MS);
    }
    ack_frames = 0;
    write_bytes(client, 0, 10);
    wire_pass(20 * MS);
    unsigned early = ack_frames;
    wire_pass(40 * MS);
    ok(early == 0 && ack_frames == 1, "one small segment is acknowledged a little later, in case something goes back");
    data_frames = 0;
    for (int i = 0; i < 5; i++) write_bytes(client, 0, 10);
    wire_pass(200 * MS);
    ok(data_frames == 2, "small writes wait for the answer to the first, and go together");
    tcp_settings(client)->no_delay = true;
    data_frames = 0;
    for (int i = 0; i < 5; i++) write_bytes(client, 0, 10);
    ok(data_frames == 5, "unless they must not");
    wire_pass(200 * MS);
    tcp_settings(client)->corked = true;
    data_frames = 0;
    write_bytes(client, 0, 1000);
    write_bytes(client, 0, 1000);
    ok(data_frames == 1, "corked, only what fills a segment goes");
    wire_pass(210 * MS);
    ok(data_frames == 2, "and the rest after a fifth of a second");
    tcp_settings(client)->corked = false;
    write_bytes(client, 0, 10);
    wire_pass(20 * MS);
    interface_configure(&wire_begin(1)->interfaces[1], 0, 0, 0);
    wire_end(1);
    wire_pass(1 * SECONDS);
    ok(tcp_unread_bytes(server) > 0, "an acknowledgement that has no way any more is not tried for ever");
    interface_configure(&wire_begin(1)->interfaces[1], wire_address(1), IPV4(255, 255, 255, 0), 0);
    wire_end(1);
    finish();
}

/// Gives the server a segment as if it came from `from`.
static void give_forged(uint32_t from, uint16_t from_port, uint32_t sequence, uint32_t ack, uint8_t flags) {
    const struct forgery f = {from, wire_address(1), from_port, 80, sequence, ack, flags};
    struct net_stack *s = wire_begin(1);
    ipv4_receive(s, &s->interfaces[1], forge(&f));
    wire_end(1);
}

static void test_forgery(void) {
    enum { RST = 4, SYN = 2, ACK = 16 };
    open_both(&tcp_usual_settings);
    struct tcp_figures f;
    const struct tcp_ends *e = tcp_ends(client);
    uint16_t port = e->port;
    // Numbers within the window can be guessed, the one that is next can't.
    tcp_figures(server, &f);
    for (uint32_t guess = 0; guess < 1u << 31; guess += f.receive_window / 2 + 1) {
        give_forged(wire_address(0), port, guess * 2 + 1, 0, RST);
        if (guess > 1u << 24) break;
    }
    give_forged(wire_address(0), port, 12345, 0, SYN);
    wire_pass(1 * SECONDS);
    ok(tcp_state(server) == TCP_ESTABLISHED,
       "a reset with a number that is not the next one ends nothing, nor does a SYN");
    ok(write_bytes(client, 0, 1000) && (wire_pass(1 * SECONDS), tcp_unread_bytes(server) == 1000),
       "and the connection goes on");
    finish();
}

/// A third has ended the connection in the client's name, and guessed the right numbers.
static void test_disagreement(void) {
    enum { FIN = 1, ACK = 16 };
    open_both(&tcp_usual_settings);
    wire_pass(1 * SECONDS);
    give_forged(wire_address(0), tcp_ends(client)->port, client_sequence, client_ack, FIN | ACK);
    wire_pass(1 * SECONDS);
    bool believed = tcp_state(server) == TCP_CLOSE_WAIT;
    ack_frames = 0;
    wire_pass(60 * SECONDS);
    ok(believed && ack_frames < 200, "two ends that disagree don't answer each other for ever");
    finish();
}

static void test_flood(void) {
    enum { SYN = 2 };
    begin();
    long before = heap_blocks;
    for (uint32_t i = 0; i < 20000; i++)
        give_forged(IPV4(172, 16, 0, 0) + i, (uint16_t)(1024 + i % 60000), i * 977, 0, SYN);
    long grown = heap_blocks - before;
    ok(grown < 400 && wire_stack(1)->counters.tcp_cookies > 10000, "a flood of SYNs is answered in bounded memory");
    connect_to(80, &tcp_usual_settings);
    bool connects = wire_run(is_open, 2 * SECONDS);
    ok(connects && write_bytes(client, 0, 3000) && (wire_pass(2 * SECONDS), tcp_unread_bytes(server) == 3000),
       "and who means it is served meanwhile");
    finish();
    begin();
    for (uint32_t i = 0; i < 300; i++) give_forged(IPV4(172, 16, 0, 0) + i, 1024, i, 0, SYN);
    for (uint32_t i = 0; i < 20000; i++) give_forged(IPV4(172, 17, 0, 1), 1024, 1000, i * 214748, 16);
    ok(listener.arrived_count == 0 && !server, "answers to cookies can't be guessed");
    finish();
}

int main(void) {
    test_refusal();
    test_end();
    test_closed_window();
    test_resending();
    test_gone_peer();
    test_late_acks();
    test_forgery();
    test_disagreement();
    test_flood();
    ok(heap_blocks == 0, "no memory is kept");
    return done();
}
