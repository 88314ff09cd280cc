// Megabytes both ways at once, over wires of all kinds, and every byte must arrive in its place.
//
//   tcp_transfer_test [MEGABYTES [SEED]]

#include "heap_on_host.h"
#include "random.h"
#include "tap.h"
#include "two_stacks.h"
#include <stdlib.h>
#include <string.h>

static uint64_t megabytes = 5;

/// One end of the connection: what it has sent and received.
static struct end {
    struct tcp_connection *connection;
    uint64_t to_send, sent, received, sum;
    bool has_ended, reads_slowly;
} ends[2];

/// The byte at a place differs with the direction.
static uint8_t byte_at(unsigned from, uint64_t place) {
    return (uint8_t)((place * 31 + (place >> 9)) ^ (from ? 0x5a : 0));
}

static bool is_intact;

static void read_some(unsigned n) {
    struct end *e = &ends[n];
    uint32_t limit = e->reads_slowly ? 1 + (uint32_t)random_below(3000) : UINT32_MAX;
    for (struct packet *p; limit > 0 && (p = tcp_unread(e->connection));) {
        uint32_t count = p->length < limit ? p->length : limit;
        for (uint32_t i = 0; i < count; i++) is_intact &= p->data[i] == byte_at(!n, e->received + i);
        e->received += count;
        limit -= count;
        tcp_consume(e->connection, count);
    }
    e->has_ended |= tcp_reading_ended(e->connection) && tcp_unread_bytes(e->connection) == 0;
}

static void write_some(unsigned n) {
    struct end *e = &ends[n];
    uint32_t room;
    while (e->sent < e->to_send && (room = tcp_send_room(e->connection)) > 0) {
        uint64_t left = e->to_send - e->sent;
        uint32_t count = 1 + (uint32_t)random_below(20000);
        if (count > room) count = room;
        if (count > left) count = (uint32_t)left;
        struct tcp_chunk *chunk = tcp_chunk_make(count);
        for (uint32_t i = 0; i < count; i++) tcp_chunk_bytes(chunk)[i] = byte_at(n, e->sent + i);
        tcp_send_chunk(e->connection, chunk, count, false);
        e->sent += count;
    }
    if (e->sent == e->to_send) tcp_shut_writing(e->connection);
    else tcp_want_room(e->connection);
}

static void changed(unsigned n, struct tcp_connection *c, unsigned what) {
    (void)what;
    if (c != ends[n].connection || tcp_state(c) == TCP_SYN_SENT) return;
    if (!ends[n].reads_slowly) read_some(n);
    write_some(n);
}

static struct tcp_listener listener;

static void accept_one(unsigned n, void *owner) {
    (void)owner;
    ends[n].connection = tcp_accept(&listener, &ends[n]);
    changed(n, ends[n].connection, 0);
}

static bool is_over(void) {
    for (unsigned n = 0; n < 2; n++) {
        if (!ends[n].connection) return false;
        // Who reads slowly does so with every step of the clock.
        if (!ends[n].reads_slowly) continue;
        wire_begin(n);
        read_some(n);
        wire_end(n);
    }
    return ends[0].has_ended && ends[1].has_ended && tcp_is_flushed(ends[0].connection) &&
           tcp_is_flushed(ends[1].connection);
}

/// The wire is set up by then.
static void transfer(const char *sentence, uint64_t bytes, bool reads_slowly, bool has_sack) {
    memset(ends, 0, sizeof ends);
    is_intact = true;
    wire.changed = changed;
    wire.arrived = accept_one;
    for (unsigned n = 0; n < 2; n++) ends[n].to_send = bytes;
    ends[1].reads_slowly = reads_slowly;
    listener = (struct tcp_listener){.port = 80, .backlog = 5, .settings = tcp_usual_settings};
    tcp_listen(wire_begin(1), &listener);
    if (!has_sack) wire_stack(0)->without_sack = wire_stack(1)->without_sack = true;
    const struct tcp_ends to = {.remote = wire_address(1), .remote_port = 80};
    int result = tcp_connect(wire_begin(0), &to, &tcp_usual_settings, &ends[0], &ends[0].connection);
    wire_end(0);
    uint64_t start = wire.now_ns;
    bool is_done = result == 0 && wire_run(is_over, 40000 * SECONDS);
    uint64_t frames = wire.faults.frames, dropped = wire.faults.dropped;
    bool all = ends[0].received == bytes && ends[1].received == bytes;
    ok(is_done && all && is_intact, sentence);
    double seconds = (double)(wire.now_ns - start) / 1e9;
    printf("# %llu bytes each way in %.1f s of the wire's time, %llu frames, %llu lost; sent again: %llu and %llu\n",
           (unsigned long long)bytes, seconds, (unsigned long long)frames, (unsigned long long)dropped,
           (unsigned long long)wire_stack(0)->counters.tcp_again,
           (unsigned long long)wire_stack(1)->counters.tcp_again);
    if (!is_done) {
        printf("# sent %llu %llu, received %llu %llu\n", (unsigned long long)ends[0].sent,
               (unsigned long long)ends[1].sent, (unsigned long long)ends[0].received,
               (unsigned long long)ends[1].received);
    }
    wire.changed = NULL;
    for (unsigned n = 0; n < 2; n++) {
        wire_begin(n);
        if (ends[n].connection) tcp_close(ends[n].connection, !is_done);
        if (n == 1) tcp_unlisten(&listener);
        wire_end(n);
    }
    wire_pass(300 * SECONDS);
    wire_close();
    ok(heap_blocks == 0, "and no memory is kept");
}

int main(int count, char **arguments) {
    if (count > 1) megabytes = strtoull(arguments[1], NULL, 0);
    uint64_t seed = count > 2 ? strtoull(arguments[2], NULL, 0) : 0;
    random_state += seed * 2;
    bad_wire_seed(seed);
    uint64_t all = megabytes << 20;

    wire_open();
    transfer("over a good wire everything arrives", all, false, true);

    wire_open();
    wire.faults.lost = 50;
    wire.faults.doubled = 10;
    wire.faults.reordered = 20;
    wire.faults.jitter_ns = 2 * MS;
    transfer("with one frame in twenty lost, others doubled, late and out of order, too", all, false, true);

    wire_open();
    wire.faults.lost = 30;
    wire.faults.delay_ns = 20 * MS;
    transfer("without selective acknowledgements, too", all / 5, false, false);

    wire_open();
    wire.faults.lost = 20;
    transfer("to one who reads slowly, so that the window closes again and again, too", all / 5, true, true);

    wire_open();
    wire.faults.lost = 300;
    transfer("with three frames in ten lost, too", 100000, false, true);
    return done();
}
