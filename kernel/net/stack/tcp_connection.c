// The life of a connection, from its making to TIME_WAIT, and what its owner asks of it.

#include "lib/errno.h"
#include "lib/string.h"
#include "mem/heap.h"
#include "net/stack/tcp_connection.h"

enum { WAITING_MOST = 512, QUICK_ACKS = 4 };
#define RTO_FIRST (1 * SECOND)
#define WAITING_NS (60 * SECOND)

const struct tcp_settings tcp_usual_settings = {.receive_most = TCP_BUFFER_USUAL,
                                                .send_most = TCP_BUFFER_USUAL,
                                                .idle_s = 7200,
                                                .interval_s = 75,
                                                .probes = 9,
                                                .syn_tries = 6};

struct tcp_connection *tcp_make(struct net_stack *s, const struct tcp_ends *ends, const struct tcp_settings *settings) {
    struct tcp_connection *c = kzalloc(sizeof *c);
    if (!c) return NULL;
    c->stack = s;
    c->entry.ends = *ends;
    c->settings = *settings;
    c->rto_ns = RTO_FIRST;
    c->mss = MSS_DEFAULT;
    c->last_received_ns = s->now_ns;
    c->quick_acks = QUICK_ACKS;
    list_init(&c->arrived_node);
    list_init(&c->ack_node);
    list_init(&c->entry.node);
    tcp_enter(s, &c->entry);
    c->in_table = true;
    s->tcp_connection_count++;
    tcp_congestion_init(c);
    return c;
}

void tcp_set_peer_options(struct tcp_connection *c, const struct tcp_options *o) {
    uint32_t mss = o->mss ? o->mss : MSS_DEFAULT, ours = tcp_mss_towards(c->stack, &c->entry.ends);
    mss = least(mss, ours);
    if (c->settings.segment_most) mss = least(mss, c->settings.segment_most);
    c->mss = (uint16_t)(mss > MSS_LEAST ? mss : MSS_LEAST);
    c->has_scale = o->has_scale;
    c->send_scale = o->has_scale ? o->scale : 0;
    c->receive_scale = o->has_scale ? RECEIVE_SCALE : 0;
    c->may_sack = o->may_sack && !c->stack->without_sack;
    tcp_congestion_init(c);
}

void tcp_tell(struct tcp_connection *c, unsigned what) {
    if (c->owner) c->stack->hooks->tcp_changed(c, what);
}

static void leave_table(struct tcp_connection *c) {
    if (!c->in_table) return;
    c->in_table = false;
    list_remove(&c->entry.node);
    list_remove(&c->ack_node);
    tcp_timers_stop(c);
    tcp_queue_free(c);
    for (struct packet *p; (p = c->out_of_order);) {
        c->out_of_order = p->next;
        packet_free(p);
    }
    c->stack->tcp_connection_count--;
}

/// It is freed at the end of the round: those that led here still look at it.
static void abandon(struct tcp_connection *c) {
    if (list_is_empty(&c->arrived_node)) list_push_back(&c->stack->tcp_dead, &c->arrived_node);
}

void tcp_bury(struct net_stack *s) {
    while (!list_is_empty(&s->tcp_dead)) {
        struct tcp_connection *c = container_of(s->tcp_dead.next, struct tcp_connection, arrived_node);
        list_remove(&c->arrived_node);
        packet_free_all(&c->inbox);
        kfree(c);
    }
}

void tcp_end(struct tcp_connection *c, int error) {
    leave_table(c);
    c->state = TCP_CLOSED;
    c->error = error;
    if (error) c->stack->counters.tcp_fails++;
    if (c->is_orphan) abandon(c);
    else tcp_tell(c, TCP_READABLE | TCP_WRITABLE);
}

static void waiting_ended(struct net_stack *s, struct stack_timer *t) {
    (void)t;
    while (!list_is_empty(&s->tcp_waits)) {
        struct tcp_waiting *w = container_of(s->tcp_waits.next, struct tcp_waiting, node);
        if (w->end_ns > s->now_ns) {
            stack_arm(s, &s->tcp_wait_timer, w->end_ns, waiting_ended);
            return;
        }
        tcp_forget_waiting(s, w);
    }
}

void tcp_forget_waiting(struct net_stack *s, struct tcp_waiting *w) {
    list_remove(&w->node);
    list_remove(&w->entry.node);
    s->tcp_wait_count--;
    kfree(w);
}

void tcp_forget_all_waiting(struct net_stack *s) {
    while (!list_is_empty(&s->tcp_waits))
        tcp_forget_waiting(s, container_of(s->tcp_waits.next, struct tcp_waiting, node));
}

void tcp_begin_waiting(struct tcp_connection *c) {
    struct net_stack *s = c->stack;
    // Many are short-lived: the oldest makes room. Without memory it is as if it had waited already.
    if (s->tcp_wait_count == WAITING_MOST)
        tcp_forget_waiting(s, container_of(s->tcp_waits.next, struct tcp_waiting, node));
    struct tcp_waiting *w = kzalloc(sizeof *w);
    leave_table(c);
    c->state = TCP_TIME_WAIT;
    if (w) {
        *w = (struct tcp_waiting){.entry = {.ends = c->entry.ends, .kind = TCP_WAITING},
                                  .send_next = c->max,
                                  .receive_next = c->received_next,
                                  .end_ns = s->now_ns + WAITING_NS,
                                  .shares_address = c->settings.shares_address,
                                  .shares_port = c->settings.shares_port};
        list_init(&w->entry.node);
        tcp_enter(s, &w->entry);
        list_push_back(&s->tcp_waits, &w->node);
        s->tcp_wait_count++;
        if (!s->tcp_wait_timer.is_armed) stack_arm(s, &s->tcp_wait_timer, w->end_ns, waiting_ended);
    }
    if (c->is_orphan) abandon(c);
}

uint32_t tcp_send_room(const struct tcp_connection *c) {
    if (c->state != TCP_ESTABLISHED && c->state != TCP_CLOSE_WAIT) return 0;
    return c->fin_wanted || c->queue_bytes >= c->settings.send_most ? 0 : c->settings.send_most - c->queue_bytes;
}

bool tcp_has_much_room(const struct tcp_connection *c) { return tcp_send_room(c) > c->settings.send_most / 3; }

void tcp_want_room(struct tcp_connection *c) { c->wants_room = true; }

void tcp_send_chunk(struct tcp_connection *c, struct tcp_chunk *chunk, uint32_t n, bool more) {
    chunk->length = n;
    tcp_queue_add(c, chunk);
    c->more_follows = more;
    if (!more && !c->settings.corked) c->cork_ns = 0;
    tcp_output(c);
}

bool tcp_send_bytes(struct tcp_connection *c, const void *bytes, uint32_t n, bool more) {
    enum { LEAST = 512 };
    struct tcp_chunk *last = c->queue_last;
    if (last && last->capacity - last->length >= n) {
        memcpy(last->bytes + last->length, bytes, n);
        last->length += n;
        c->queue_bytes += n;
        c->more_follows = more;
        if (!more && !c->settings.corked) c->cork_ns = 0;
        tcp_output(c);
        return true;
    }
    struct tcp_chunk *chunk = tcp_chunk_make(n > LEAST ? n : LEAST);
    if (!chunk) return false;
    memcpy(chunk->bytes, bytes, n);
    tcp_send_chunk(c, chunk, n, more);
    return true;
}

void tcp_push(struct tcp_connection *c) {
    c->more_follows = false;
    c->cork_ns = 0;
    tcp_output(c);
}

void tcp_shut_writing(struct tcp_connection *c) {
    if (c->fin_wanted || !c->in_table) return;
    if (c->state != TCP_ESTABLISHED && c->state != TCP_CLOSE_WAIT && c->state != TCP_SYN_RECEIVED) return;
    c->fin_wanted = true;
    c->more_follows = false;
    c->cork_ns = 0;
    c->state = c->state == TCP_CLOSE_WAIT ? TCP_LAST_ACK : TCP_FIN_WAIT_1;
    tcp_output(c);
}

void tcp_shut_reading(struct tcp_connection *c) { c->reads_no_more = true; }

struct packet *tcp_unread(const struct tcp_connection *c) { return c->inbox.first; }
uint32_t tcp_unread_bytes(const struct tcp_connection *c) { return c->unread; }

void tcp_consume(struct tcp_connection *c, uint32_t n) {
    c->unread -= n;
    while (n > 0) {
        struct packet *p = c->inbox.first;
        uint32_t here = least(n, p->length);
        packet_pull(p, here);
        n -= here;
        if (p->length == 0) packet_free(packet_take(&c->inbox));
    }
    if (!c->in_table || c->fin_received) return;
    // The window is opened again where that makes a difference to the sender.
    uint32_t most = least(c->settings.receive_most, (uint32_t)UINT16_MAX << c->receive_scale),
             step = most / 4 > 2u * c->mss ? most / 4 : 2u * c->mss;
    uint32_t growth = tcp_window_edge(c) - c->edge;
    if (growth >= least(step, most / 2)) tcp_send_ack(c);
}

void tcp_close(struct tcp_connection *c, bool resets) {
    c->owner = NULL;
    c->is_orphan = true;
    bool had_unread = c->unread > 0;
    c->unread = 0;
    packet_free_all(&c->inbox);
    if (!c->in_table) {
        abandon(c);
        return;
    }
    if (c->state == TCP_SYN_SENT) {
        tcp_end(c, 0);
        return;
    }
    if (resets || had_unread) {
        // What was not read is lost, and the peer is to know it (RFC 2525, 2.17).
        tcp_send_bare(c->stack, &c->entry.ends, c->max, c->received_next, FLAG_RST | FLAG_ACK, 0, NULL, 0);
        c->stack->counters.tcp_resets_out++;
        tcp_end(c, 0);
        return;
    }
    tcp_shut_writing(c);
    if (c->state == TCP_FIN_WAIT_2) {
        c->end_ns = c->stack->now_ns + WAITING_NS;
        tcp_timers_changed(c);
    }
}

void tcp_tell_when_flushed(struct tcp_connection *c) { c->wants_flush = true; }
void *tcp_owner(const struct tcp_connection *c) { return c->owner; }
struct tcp_settings *tcp_settings(struct tcp_connection *c) { return &c->settings; }
const struct tcp_ends *tcp_ends(const struct tcp_connection *c) { return &c->entry.ends; }
enum tcp_state tcp_state(const struct tcp_connection *c) { return c->state; }
bool tcp_is_flushed(const struct tcp_connection *c) { return !c->in_table || c->una == tcp_send_end(c); }
uint32_t tcp_unsent_bytes(const struct tcp_connection *c) { return c->queue_bytes; }

bool tcp_reading_ended(const struct tcp_connection *c) {
    return c->fin_received || c->reads_no_more || c->state == TCP_CLOSED || c->state == TCP_TIME_WAIT;
}

bool tcp_writing_ended(const struct tcp_connection *c) { return c->fin_wanted || !c->in_table; }

int tcp_error(struct tcp_connection *c, bool peek) {
    int error = c->error;
    if (!peek) c->error = 0;
    return error;
}

void tcp_set_quick_acks(struct tcp_connection *c, bool are_quick) {
    c->quick_acks = are_quick ? 4 * QUICK_ACKS : 0;
    if (are_quick && c->in_table && c->ack_ns != 0) tcp_send_ack(c);
}

void tcp_settings_changed(struct tcp_connection *c) {
    c->keep_ns = c->settings.keep_alive && c->in_table ? c->last_received_ns + c->settings.idle_s * SECOND : 0;
    if (c->in_table) tcp_timers_changed(c);
}

void tcp_complaint(struct net_stack *s, const struct complaint *m) {
    const struct tcp_ends ends = {m->from, m->to, m->from_port, m->to_port};
    struct tcp_entry *e = tcp_find(s, &ends);
    if (!e || e->kind != TCP_CONNECTION) return;
    struct tcp_connection *c = container_of(e, struct tcp_connection, entry);
    // Only what quotes something that is on its way (RFC 5927).
    if (before(m->sequence, c->una) || !before(m->sequence, c->max)) return;
    if (m->mtu) {
        uint32_t mss = m->mtu > IPV4_HEADER + TCP_HEADER + MSS_LEAST ? m->mtu - IPV4_HEADER - TCP_HEADER : MSS_LEAST;
        if (mss >= c->mss) return;
        c->mss = (uint16_t)mss;
        c->next = c->una;
        tcp_send_again(c);
    } else if (c->state == TCP_SYN_SENT) {
        tcp_end(c, m->error);
    }
}

void tcp_figures(const struct tcp_connection *c, struct tcp_figures *f) {
    uint64_t now = c->stack->now_ns;
    *f = (struct tcp_figures){.state = c->state,
                              .has_sack = c->may_sack,
                              .has_scaling = c->has_scale,
                              .send_scale = c->send_scale,
                              .receive_scale = c->receive_scale,
                              .retransmits = (uint8_t)least(c->backoff, UINT8_MAX),
                              .backoff = (uint8_t)least(c->backoff, UINT8_MAX),
                              .probes = (uint8_t)least(c->probes, UINT8_MAX),
                              .rto_us = (uint32_t)(c->rto_ns / 1000),
                              .rtt_us = (uint32_t)(c->srtt_ns / 1000),
                              .rtt_variation_us = (uint32_t)(c->rttvar_ns / 1000),
                              .mss = c->mss,
                              .cwnd = c->cwnd / c->mss,
                              .ssthresh = c->ssthresh == UINT32_MAX ? INT32_MAX : c->ssthresh / c->mss,
                              .unacked = (c->max - c->una + c->mss - 1) / c->mss,
                              .sacked = tcp_sacked_below(c, c->max) / c->mss,
                              .total_retransmits = c->total_again,
                              .peer_window = c->window,
                              .receive_window = c->edge - c->received_next,
                              .unread = c->unread,
                              .bytes_acked = c->bytes_acked,
                              .bytes_received = c->bytes_received,
                              .segments_out = c->segments_out,
                              .segments_in = c->segments_in,
                              .last_received_ms = (now - c->last_received_ns) / MILLISECOND};
}
