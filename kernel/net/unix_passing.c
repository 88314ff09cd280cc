// Files on their way between Unix sockets, and sockets that only hold each other.
//
// A socket whose file lies in a message is in flight. If nothing but messages holds its file, and these lie in the
// inboxes of sockets of which the same is true, nobody can ever receive it: such circles are looked for when Unix
// sockets are closed. The lock of the sockets covers all of this, and nothing sleeps while they are looked for.

#include "lib/refs.h"
#include "mem/heap.h"
#include "net/unix_socket.h"

/// How many sockets a look for circles may come by for each socket that was closed since the last: so closing many
/// costs as much for each as closing one.
enum { LOOKED_AT_PER_CLOSE = 8 };

static struct list in_flight = {&in_flight, &in_flight};
static unsigned in_flight_count;
/// Packets whose files are to be given back.
static struct list thrown_away = {&thrown_away, &thrown_away};
static bool is_emptying;

static struct unix_socket *flying(struct list *node) { return container_of(node, struct unix_socket, in_flight_node); }
static struct packet *packet_at(struct list *node) { return container_of(node, struct packet, node); }

void unix_departed(const struct passed_files *passed) {
    for (unsigned i = 0; passed && i < passed->count; i++) {
        struct unix_socket *s = unix_socket_of(passed->files[i]);
        if (!s || s->in_flight++ > 0) continue;
        list_push_back(&in_flight, &s->in_flight_node);
        in_flight_count++;
    }
}

void unix_landed(const struct passed_files *passed) {
    for (unsigned i = 0; passed && i < passed->count; i++) {
        struct unix_socket *s = unix_socket_of(passed->files[i]);
        if (!s || --s->in_flight > 0) continue;
        list_remove(&s->in_flight_node);
        in_flight_count--;
    }
}

void unix_throw_away(struct list *packets) {
    list_move_all(packets, &thrown_away);
    // A file that is given back may be the last of a socket whose own messages are thrown away then, and so on: these
    // come to the same list, for a chain of any length takes no more stack than one.
    if (is_emptying) return;
    is_emptying = true;
    while (!list_is_empty(&thrown_away)) {
        struct packet *p = packet_at(thrown_away.next);
        list_remove(&p->node);
        unix_lock();
        unix_landed(p->passed);
        unix_unlock();
        passed_files_free(p->passed);
        kfree(p);
    }
    is_emptying = false;
}

/// Calls `visit` for each socket that lies in a message to `s`, or to a connection that `s` has not accepted yet.
static void each_passed(const struct unix_socket *s, void (*visit)(struct unix_socket *passed)) {
    for (const struct list *at = s->inbox.next; at != &s->inbox; at = at->next) {
        const struct passed_files *passed = container_of(at, struct packet, node)->passed;
        for (unsigned i = 0; passed && i < passed->count; i++) {
            struct unix_socket *other = unix_socket_of(passed->files[i]);
            if (other) visit(other);
        }
    }
    for (const struct list *at = s->arrived.next; at != &s->arrived; at = at->next) {
        each_passed(container_of(at, struct unix_socket, arrived_node),
                    visit); // which have not accepted any themselves
    }
}

static void discount(struct unix_socket *passed) { passed->held_elsewhere--; }

/// Those that can be received, and whose own messages are still to be looked through.
static struct list reached = {&reached, &reached};

static void reach(struct unix_socket *s) {
    if (!s->is_suspect) return;
    s->is_suspect = false;
    list_push_back(&reached, &s->reached_node);
}

static void take_messages(struct unix_socket *s, struct list *packets) {
    list_move_all(&s->inbox, packets);
    s->inbox_bytes = 0;
    for (struct list *at = s->arrived.next; at != &s->arrived; at = at->next) {
        take_messages(container_of(at, struct unix_socket, arrived_node), packets);
    }
}

void unix_collect(void) {
    static unsigned may_look_at;
    struct list packets;
    list_init(&packets);
    if (in_flight_count == 0) return;
    may_look_at += LOOKED_AT_PER_CLOSE;
    if (may_look_at < in_flight_count) return;
    may_look_at = 0;
    unix_lock();
    for (struct list *at = in_flight.next; at != &in_flight; at = at->next) {
        struct unix_socket *s = flying(at);
        s->is_suspect = s->file->refs == s->in_flight;
        s->held_elsewhere = s->in_flight;
    }
    for (struct list *at = in_flight.next; at != &in_flight; at = at->next) {
        if (flying(at)->is_suspect) each_passed(flying(at), discount);
    }
    for (struct list *at = in_flight.next; at != &in_flight; at = at->next) {
        if (flying(at)->held_elsewhere > 0) reach(flying(at));
    }
    while (!list_is_empty(&reached)) {
        struct unix_socket *s = container_of(reached.next, struct unix_socket, reached_node);
        list_remove(&s->reached_node);
        each_passed(s, reach);
    }
    for (struct list *at = in_flight.next; at != &in_flight; at = at->next) {
        if (flying(at)->is_suspect) take_messages(flying(at), &packets);
    }
    unix_unlock();
    unix_throw_away(&packets);
}
