// What a TCP connection is made of. For net/stack/tcp*.c.
//
// Sequence numbers wrap: they are compared by their difference. The first byte of the send queue has the number
// `queue_sequence`; a FIN that is wanted comes behind the last one.
#pragma once

#include "net/stack/ipv4.h"
#include "net/stack/stack.h"
#include "net/stack/tcp.h"

enum { FLAG_FIN = 1, FLAG_SYN = 2, FLAG_RST = 4, FLAG_PSH = 8, FLAG_ACK = 16 };
enum { SACK_RANGES = 32, SACK_TOLD = 3, RECEIVE_SCALE = 7, SCALE_MOST = 14, MSS_DEFAULT = 536, MSS_LEAST = 88 };
#define MILLISECOND 1000000ull
#define SECOND 1000000000ull

static inline bool before(uint32_t a, uint32_t b) { return (int32_t)(a - b) < 0; }
static inline bool after(uint32_t a, uint32_t b) { return (int32_t)(a - b) > 0; }
static inline uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }

/// What can be in the table of ends.
enum tcp_kind { TCP_CONNECTION, TCP_HALF_OPEN, TCP_WAITING };

struct tcp_entry {
    struct list node; // in its bucket
    struct tcp_ends ends;
    enum tcp_kind kind;
};

struct tcp_range {
    uint32_t start, end;
};

struct tcp_chunk {
    struct tcp_chunk *next;
    uint32_t length, capacity;
    uint8_t bytes[];
};

/// Options of a segment with SYN, and SACK.
struct tcp_options {
    uint16_t mss; // 0: not told
    bool has_scale, may_sack;
    uint8_t scale;
    unsigned sack_count;
    struct tcp_range sacks[4];
};

/// A segment that came.
struct tcp_segment {
    uint32_t sequence, ack, length; // `length`: of the data
    uint16_t window;
    uint8_t flags;
    struct tcp_options options;
};

/// A connection whose peer has not yet answered our SYN.
struct tcp_half_open {
    struct tcp_entry entry;
    struct tcp_listener *listener;
    struct list node; // in the listener's list
    struct stack_timer timer;
    uint32_t their_start, our_start;
    uint16_t mss;
    bool has_scale, may_sack, was_acked;
    uint8_t scale, tries;
    uint64_t begun_ns;
};

/// What is left of a connection in TIME_WAIT.
struct tcp_waiting {
    struct tcp_entry entry;
    struct list node; // in the list of all, oldest first
    uint32_t send_next, receive_next;
    uint64_t end_ns;
    uint64_t answered_ns; // as a connection's
    bool shares_address, shares_port;
};

struct tcp_connection {
    struct tcp_entry entry;
    struct net_stack *stack;
    struct tcp_settings settings;
    struct list arrived_node; // in its listener's list, until it is accepted
    struct tcp_listener *listener;
    struct list ack_node; // in the stack's list of those that owe an acknowledgement
    void *owner; // null: nobody's (any more)
    enum tcp_state state;
    bool is_orphan; // closed by its owner
    bool in_table;
    int error;

    // Sending.
    struct tcp_chunk *queue_first, *queue_last;
    uint32_t queue_skip; // bytes of the first chunk that are gone
    uint32_t queue_bytes, queue_sequence;
    struct tcp_chunk *cursor; // where the last segment was taken from
    uint32_t cursor_sequence; // of its first byte
    bool fin_wanted, reads_no_more, more_follows;
    uint32_t iss, una, next, max; // `next` goes back after a timeout, `max` never
    uint32_t window, window_sequence, window_ack, largest_window;
    uint16_t mss;
    uint8_t send_scale, receive_scale;
    bool may_sack, has_scale, wants_room, wants_flush;

    // Congestion and loss.
    uint32_t cwnd, ssthresh, acked_in_window;
    bool is_recovering, was_timed_out;
    uint32_t recover, rexmit_next;
    unsigned duplicates;
    struct tcp_range sacked[SACK_RANGES];
    unsigned sacked_count;
    bool is_timing;
    uint32_t timed_sequence;
    uint64_t timed_ns, srtt_ns, rttvar_ns, rto_ns, idle_since_ns;
    unsigned backoff, total_again;

    // Timers: deadlines, 0 for none, and the one timer that looks at them.
    struct stack_timer timer;
    uint64_t resend_ns, persist_ns, ack_ns, keep_ns, end_ns, cork_ns;
    uint64_t first_unanswered_ns;
    unsigned probes;

    // Receiving.
    struct packet_queue inbox;
    struct packet *out_of_order; // by sequence
    uint32_t out_of_order_bytes, newest_out_of_order;
    uint32_t unread, received_next, edge, irs; // `edge`: what the peer may send up to
    uint32_t acked_to; // what it has been told
    bool fin_received, ack_now, ack_soon;
    unsigned quick_acks;
    uint64_t answered_ns; // when it last answered a segment without data that it could not use; 0: never
    uint64_t last_received_ns, bytes_received, bytes_acked, segments_in, segments_out;
};

static inline bool tcp_can_send(const struct tcp_connection *c) {
    return c->state == TCP_ESTABLISHED || c->state == TCP_CLOSE_WAIT || c->state == TCP_FIN_WAIT_1 ||
           c->state == TCP_CLOSING || c->state == TCP_LAST_ACK;
}
/// The number behind everything that is to be sent.
static inline uint32_t tcp_send_end(const struct tcp_connection *c) {
    return c->queue_sequence + c->queue_bytes + c->fin_wanted;
}

// tcp_table.c
struct tcp_entry *tcp_find(struct net_stack *s, const struct tcp_ends *ends);
struct tcp_listener *tcp_find_listener(struct net_stack *s, const struct tcp_ends *ends);
void tcp_enter(struct net_stack *s, struct tcp_entry *e);
uint32_t tcp_first_sequence(struct net_stack *s, const struct tcp_ends *ends);

// tcp_connection.c
struct tcp_connection *tcp_make(struct net_stack *s, const struct tcp_ends *ends, const struct tcp_settings *settings);
/// The connection is over: its owner is told `error` (0: none), or it is freed where there is none.
void tcp_end(struct tcp_connection *c, int error);
/// It goes to TIME_WAIT.
void tcp_begin_waiting(struct tcp_connection *c);
void tcp_tell(struct tcp_connection *c, unsigned what);
void tcp_set_peer_options(struct tcp_connection *c, const struct tcp_options *o);
/// Removes the oldest in TIME_WAIT, or the given one.
void tcp_forget_waiting(struct net_stack *s, struct tcp_waiting *w);

// tcp_send_queue.c
void tcp_queue_add(struct tcp_connection *c, struct tcp_chunk *chunk);
void tcp_queue_drop(struct tcp_connection *c, uint32_t n);
/// Copies `n` bytes from number `sequence` on, and adds them to a checksum.
uint64_t tcp_queue_copy(struct tcp_connection *c, uint32_t sequence, uint8_t *to, uint32_t n, uint64_t sum);
void tcp_queue_free(struct tcp_connection *c);

// tcp_segment.c
bool tcp_segment_read(const struct packet *p, struct tcp_segment *g, uint32_t *header);
/// Sends a segment without data. `window`: as it goes onto the wire.
void tcp_send_bare(struct net_stack *s, const struct tcp_ends *ends, uint32_t sequence, uint32_t ack, uint8_t flags,
                   uint16_t window, const uint8_t *options, uint32_t option_bytes);
void tcp_send_reset(struct net_stack *s, const struct tcp_ends *ends, const struct tcp_segment *g);
/// The options of a SYN. Their length.
uint32_t tcp_syn_options(uint8_t *to, uint16_t mss, bool scale, bool sack);
/// The largest segment on the way to the peer.
uint16_t tcp_mss_towards(struct net_stack *s, const struct tcp_ends *ends);
/// Completes the header of a segment whose data is in place and sends it.
void tcp_transmit(struct net_stack *s, const struct tcp_ends *ends, const struct route *r,
                  const struct tcp_settings *settings, struct packet *p, uint64_t data_sum);

// tcp_output.c
/// Sends what may be sent now.
void tcp_output(struct tcp_connection *c);
/// Sends an acknowledgement now.
void tcp_send_ack(struct tcp_connection *c);
/// Sends the first byte that is not acknowledged again, whatever the windows say.
void tcp_send_again(struct tcp_connection *c);
void tcp_send_syn(struct tcp_connection *c);
/// An old number, which the peer answers by telling what it has (keep-alive, zero window).
void tcp_send_probe(struct tcp_connection *c);

// tcp_input.c, tcp_reassembly.c, tcp_ack.c
void tcp_connection_receive(struct tcp_connection *c, const struct tcp_segment *g, struct packet *p);
/// Takes the packet over: its data is in the window's part of the sequence. True if it was the next.
bool tcp_take_data(struct tcp_connection *c, struct packet *p, uint32_t sequence, bool ends_stream);
unsigned tcp_sacks_to_tell(const struct tcp_connection *c, struct tcp_range ranges[SACK_TOLD]);
/// False if the segment is to be dropped.
bool tcp_take_ack(struct tcp_connection *c, const struct tcp_segment *g);
/// How far the peer may send.
uint32_t tcp_window_edge(struct tcp_connection *c);

// tcp_sack.c
void tcp_sack_take(struct tcp_connection *c, const struct tcp_options *o);
void tcp_sack_advance(struct tcp_connection *c);
/// Bytes that the peer has, below `edge`.
uint32_t tcp_sacked_below(const struct tcp_connection *c, uint32_t edge);
/// Below this number, what the peer does not have is lost.
uint32_t tcp_lost_edge(const struct tcp_connection *c);
/// The next hole from `*start` on: true with its bounds (`*end` at most `limit`).
bool tcp_next_hole(const struct tcp_connection *c, uint32_t *start, uint32_t *end, uint32_t limit);
/// Bytes that are on their way.
uint32_t tcp_pipe(const struct tcp_connection *c);

// tcp_congestion.c
void tcp_congestion_init(struct tcp_connection *c);
void tcp_congestion_acked(struct tcp_connection *c, uint32_t n);
void tcp_congestion_loss(struct tcp_connection *c);
void tcp_congestion_timeout(struct tcp_connection *c);
void tcp_congestion_idle(struct tcp_connection *c);

// tcp_timers.c
/// Sees to it that the timer rings when the first of the deadlines comes.
void tcp_timers_changed(struct tcp_connection *c);
void tcp_timers_stop(struct tcp_connection *c);
void tcp_restart_resend(struct tcp_connection *c);
void tcp_rtt_measured(struct tcp_connection *c, uint64_t rtt_ns);
void tcp_heard(struct tcp_connection *c);

// tcp_listen.c
void tcp_listener_receive(struct tcp_listener *l, const struct tcp_ends *ends, const struct tcp_segment *g,
                          struct packet *p);
void tcp_half_open_receive(struct tcp_half_open *h, const struct tcp_segment *g, struct packet *p);
void tcp_half_open_free(struct tcp_half_open *h);
