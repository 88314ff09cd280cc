// Received data: what is next goes to the inbox, what came too early waits in order until the gap is closed.

#include "lib/string.h"
#include "net/stack/tcp_connection.h"

/// Below this, data is added to the packet before it rather than kept in one of its own.
enum { SMALL = 1024 };

static void cut_front(struct packet *p, uint32_t n) {
    packet_pull(p, n);
    p->sequence += n;
}

static void append(struct tcp_connection *c, struct packet *p) {
    struct packet *last = c->inbox.last;
    c->received_next += p->length;
    c->unread += p->length;
    c->bytes_received += p->length;
    if (last && p->length <= SMALL && packet_tail_room(last) >= p->length) {
        memcpy(last->data + last->length, p->data, p->length);
        last->length += p->length;
        packet_free(p);
        return;
    }
    packet_append(&c->inbox, p);
}

/// The FIN is in its place.
static void end_stream(struct tcp_connection *c) {
    c->fin_received = true;
    c->received_next++;
    c->ack_now = true;
}

static void take_in_turn(struct tcp_connection *c, struct packet *p) {
    bool ends = p->ends_stream;
    if (p->length == 0 || c->reads_no_more) {
        c->received_next += p->length;
        c->bytes_received += p->length;
        packet_free(p);
    } else {
        append(c, p);
    }
    if (ends && !c->fin_received) end_stream(c);
}

/// Takes over what has waited and is next now.
static void close_gap(struct tcp_connection *c) {
    struct packet *p;
    while ((p = c->out_of_order) && !after(p->sequence, c->received_next)) {
        c->out_of_order = p->next;
        c->out_of_order_bytes -= p->capacity;
        uint32_t old = c->received_next - p->sequence;
        if (old > p->length || c->fin_received || (old == p->length && !p->ends_stream)) {
            packet_free(p);
            continue;
        }
        cut_front(p, old);
        take_in_turn(c, p);
    }
}

/// Puts a packet among those that wait. What others have already is cut off it, or of them. An end that has data behind
/// it is none: no honest peer says so.
static void keep(struct tcp_connection *c, struct packet *p) {
    struct packet **at = &c->out_of_order;
    uint32_t end = p->sequence + p->length;
    if (c->out_of_order_bytes + p->capacity > c->settings.receive_most * 2) {
        packet_free(p);
        return;
    }
    while (*at && !after((*at)->sequence, p->sequence)) {
        uint32_t there = (*at)->sequence + (*at)->length;
        if (after(there, end) || (there == end && ((*at)->ends_stream || !p->ends_stream))) {
            packet_free(p);
            return;
        }
        if (after(there, p->sequence)) cut_front(p, there - p->sequence);
        at = &(*at)->next;
    }
    while (*at && !after((*at)->sequence + (*at)->length, end) && (!(*at)->ends_stream || p->ends_stream)) {
        struct packet *covered = *at;
        *at = covered->next;
        c->out_of_order_bytes -= covered->capacity;
        packet_free(covered);
    }
    if (*at && after(end, (*at)->sequence)) {
        p->length = (*at)->sequence - p->sequence;
        p->ends_stream = false;
    }
    p->next = *at;
    *at = p;
    c->out_of_order_bytes += p->capacity;
}

bool tcp_take_data(struct tcp_connection *c, struct packet *p, uint32_t sequence, bool ends) {
    p->sequence = sequence;
    p->ends_stream = ends;
    if (sequence == c->received_next) {
        bool had_gap = c->out_of_order != NULL;
        take_in_turn(c, p);
        if (had_gap) {
            close_gap(c);
            c->ack_now = true;
        }
        return true;
    }
    c->newest_out_of_order = sequence;
    keep(c, p);
    return false;
}

/// The range of the newest first, then the others in order (RFC 2018, 4).
unsigned tcp_sacks_to_tell(const struct tcp_connection *c, struct tcp_range ranges[SACK_TOLD]) {
    unsigned count = 1;
    bool has_newest = false;
    for (const struct packet *p = c->out_of_order; p;) {
        struct tcp_range r = {p->sequence, p->sequence + p->length};
        for (p = p->next; p && p->sequence == r.end; p = p->next) r.end += p->length;
        if (r.start == r.end) continue; // a FIN alone
        if (!has_newest && !before(c->newest_out_of_order, r.start) && before(c->newest_out_of_order, r.end)) {
            ranges[0] = r;
            has_newest = true;
        } else if (count < SACK_TOLD) {
            ranges[count++] = r;
        }
    }
    if (has_newest) return count;
    for (unsigned i = 1; i < count; i++) ranges[i - 1] = ranges[i];
    return count - 1;
}

uint32_t tcp_window_edge(struct tcp_connection *c) {
    uint32_t most = c->settings.receive_most;
    if (c->stack->is_short_of_memory && most > 16384) most = 16384;
    uint32_t room = c->unread < most ? most - c->unread : 0;
    uint32_t highest = (uint32_t)UINT16_MAX << c->receive_scale;
    uint32_t edge = c->received_next + least(room, highest);
    // It never goes back, and forward only by a step that is worth while (RFC 9293, 3.8.6.2.2).
    return after(edge, c->edge) && edge - c->edge >= least(most / 2, c->mss) ? edge : c->edge;
}
