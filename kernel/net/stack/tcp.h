// TCP (RFC 9293): what users of connections need. Those of tcp*.c know more (tcp_connection.h).
#pragma once

#include "net/stack/stack.h"
#include "net/stack/udp.h"

enum { TCP_HEADER = 20, TCP_BUFFER_USUAL = 256 << 10, TCP_BUFFER_LEAST = 4096, TCP_BUFFER_MOST = 4 << 20 };

/// Numbers as Linux tells them.
enum tcp_state {
    TCP_ESTABLISHED = 1,
    TCP_SYN_SENT,
    TCP_SYN_RECEIVED,
    TCP_FIN_WAIT_1,
    TCP_FIN_WAIT_2,
    TCP_TIME_WAIT,
    TCP_CLOSED,
    TCP_CLOSE_WAIT,
    TCP_LAST_ACK,
    TCP_LISTEN,
    TCP_CLOSING,
};

/// What has changed (stack_hooks.tcp_changed).
enum { TCP_READABLE = 1, TCP_WRITABLE = 2 };

struct tcp_ends {
    uint32_t local, remote;
    uint16_t port, remote_port;
};

/// What can be set of a connection, and what a listener's connections start with.
struct tcp_settings {
    uint32_t receive_most, send_most; // buffers, bytes
    bool no_delay, corked, keep_alive;
    bool shares_address, shares_port; // with a socket that is to be bound to the connection's port
    uint8_t ttl, service;
    uint32_t idle_s, interval_s, probes; // keep-alive
    uint32_t user_timeout_ms; // 0: as many tries as usual
    uint32_t syn_tries; // after the first
    uint32_t segment_most; // 0: as the interface has it
};
extern const struct tcp_settings tcp_usual_settings;

struct tcp_listener {
    struct net_stack *stack;
    struct list node; // in the table
    struct list arrived, half_open;
    uint32_t local;
    uint16_t port;
    bool shares_port;
    unsigned backlog, arrived_count, half_open_count;
    uint64_t cookie_ns; // when a SYN was last answered without being remembered
    uint32_t defer_s; // connections arrive with their first data, or after so many seconds; 0: at once
    struct tcp_settings settings;
    void *owner;
};

/// A connection's ends are free, or used by another socket.
bool tcp_port_is_taken(struct net_stack *s, uint32_t address, uint16_t port, bool shares_port);
/// Connections have a port that don't share it; those in TIME_WAIT, too.
bool tcp_port_has_connections(struct net_stack *s, uint32_t address, uint16_t port, bool shares_address,
                              bool shares_port);

/// Begins to listen at `l->local` and `l->port`. Its owner has the memory.
void tcp_listen(struct net_stack *s, struct tcp_listener *l);
/// Ends it, and the connections that nobody has accepted.
void tcp_unlisten(struct tcp_listener *l);
/// The next connection, now `owner`'s. Null if there is none.
struct tcp_connection *tcp_accept(struct tcp_listener *l, void *owner);

/// Begins to connect. `ends->port` 0: a free one. 0, -EADDRNOTAVAIL, -ENETUNREACH, -EADDRINUSE, -ENOMEM.
int tcp_connect(struct net_stack *s, const struct tcp_ends *ends, const struct tcp_settings *settings, void *owner,
                struct tcp_connection **connection);

/// Room in the send buffer: 0 where nothing more may be written.
uint32_t tcp_send_room(const struct tcp_connection *c);
/// The owner is told once there is room worth waking up for (tcp_has_much_room).
void tcp_want_room(struct tcp_connection *c);
bool tcp_has_much_room(const struct tcp_connection *c);
/// Takes over bytes of the heap's. They were allowed by tcp_send_room.
struct tcp_chunk;
struct tcp_chunk *tcp_chunk_make(uint32_t capacity);
uint8_t *tcp_chunk_bytes(struct tcp_chunk *chunk);
void tcp_chunk_free(struct tcp_chunk *chunk);
/// Sends the first `n` bytes of a chunk, which is taken over. `more`: others follow at once.
void tcp_send_chunk(struct tcp_connection *c, struct tcp_chunk *chunk, uint32_t n, bool more);
/// The same for few bytes, which are copied. False without memory.
bool tcp_send_bytes(struct tcp_connection *c, const void *bytes, uint32_t n, bool more);
/// Sends what was held back (TCP_CORK, TCP_NODELAY).
void tcp_push(struct tcp_connection *c);
/// No more is written.
void tcp_shut_writing(struct tcp_connection *c);
/// What comes from now on is thrown away; what is there can be read.
void tcp_shut_reading(struct tcp_connection *c);
/// The bytes that came and were not read: the first packet (null if there is none).
struct packet *tcp_unread(const struct tcp_connection *c);
uint32_t tcp_unread_bytes(const struct tcp_connection *c);
/// `n` bytes were read.
void tcp_consume(struct tcp_connection *c, uint32_t n);
/// The owner's end: the rest goes on by itself. `resets`: at once, and by a reset.
void tcp_close(struct tcp_connection *c, bool resets);

/// The owner is told (TCP_WRITABLE) when everything that was written has been acknowledged.
void tcp_tell_when_flushed(struct tcp_connection *c);
void *tcp_owner(const struct tcp_connection *c);
struct tcp_settings *tcp_settings(struct tcp_connection *c);
const struct tcp_ends *tcp_ends(const struct tcp_connection *c);
enum tcp_state tcp_state(const struct tcp_connection *c);
/// Whether everything that was written was acknowledged.
bool tcp_is_flushed(const struct tcp_connection *c);
uint32_t tcp_unsent_bytes(const struct tcp_connection *c);
/// Nothing more comes after what is there.
bool tcp_reading_ended(const struct tcp_connection *c);
/// Nothing more can be written.
bool tcp_writing_ended(const struct tcp_connection *c);
/// Why the connection ended, once (positive; 0: no failure). `peek`: it stays.
int tcp_error(struct tcp_connection *c, bool peek);
/// The next few segments are acknowledged at once, or from now on only when it is due.
void tcp_set_quick_acks(struct tcp_connection *c, bool are_quick);
/// After a change of the settings of keep-alive.
void tcp_settings_changed(struct tcp_connection *c);

struct tcp_figures {
    enum tcp_state state;
    bool has_sack, has_scaling;
    uint8_t send_scale, receive_scale, retransmits, backoff, probes;
    uint32_t rto_us, rtt_us, rtt_variation_us, mss, cwnd, ssthresh, unacked, sacked, lost, total_retransmits,
        reordering;
    uint32_t peer_window, receive_window, unread;
    uint64_t bytes_acked, bytes_received, segments_out, segments_in, last_sent_ms, last_received_ms;
};
void tcp_figures(const struct tcp_connection *c, struct tcp_figures *f);

/// One line of what there is. Of a listener `unsent` is how many connections may wait to be accepted, `unread` how many
/// do.
struct tcp_row {
    struct tcp_ends ends;
    enum tcp_state state;
    uint32_t unsent, unread;
    unsigned retransmits;
    const void *owner; // null: nobody's
};
void tcp_list(struct net_stack *s, void (*each)(void *context, const struct tcp_row *row), void *context);

/// For the rest of the stack.
void tcp_receive(struct net_stack *s, struct packet *p);
void tcp_complaint(struct net_stack *s, const struct complaint *c);
/// Whatever is in TIME_WAIT is forgotten.
void tcp_forget_all_waiting(struct net_stack *s);
void tcp_flush_acks(struct net_stack *s);
/// Frees connections that have ended and that nobody has.
void tcp_bury(struct net_stack *s);
