// What there is of TCP, for listing: listeners, connections, and what is half open or waits for its end.

#include "net/stack/tcp_connection.h"

static void tell_listener(const struct tcp_listener *l, void (*each)(void *context, const struct tcp_row *row),
                          void *context) {
    const struct tcp_row row = {.ends = {.local = l->local, .port = l->port},
                                .state = TCP_LISTEN,
                                .unsent = l->backlog,
                                .unread = l->arrived_count,
                                .owner = l->owner};
    each(context, &row);
}

static void tell_entry(const struct tcp_entry *e, void (*each)(void *context, const struct tcp_row *row),
                       void *context) {
    struct tcp_row row = {.ends = e->ends, .state = e->kind == TCP_WAITING ? TCP_TIME_WAIT : TCP_SYN_RECEIVED};
    if (e->kind == TCP_CONNECTION) {
        const struct tcp_connection *c = container_of(e, struct tcp_connection, entry);
        row.state = c->state;
        row.unsent = tcp_send_end(c) - c->una;
        row.unread = c->unread;
        row.retransmits = c->backoff;
        row.owner = c->owner;
    }
    each(context, &row);
}

void tcp_list(struct net_stack *s, void (*each)(void *context, const struct tcp_row *row), void *context) {
    for (unsigned n = 0; n < LISTENER_BUCKETS; n++) {
        struct list *head = &s->tcp_listeners[n];
        for (struct list *at = head->next; at != head; at = at->next)
            tell_listener(container_of(at, struct tcp_listener, node), each, context);
    }
    for (unsigned n = 0; n < TCP_BUCKETS; n++) {
        struct list *head = &s->tcp_table[n];
        for (struct list *at = head->next; at != head; at = at->next)
            tell_entry(container_of(at, struct tcp_entry, node), each, context);
    }
}
