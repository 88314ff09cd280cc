// Unix sockets: messages, who is woken when one end goes, and files that lie in messages, also where nobody can have
// them any more.

#include "fs/epoll.h"
#include "fs/memory.h"
#include "fs/walk.h"
#include "heap_on_host.h"
#include "lib/errno.h"
#include "mem/heap.h"
#include "net/unix.h"
#include "open_file.h"
#include "tap.h"
#include "proc/process.h"
#include "sched/thread.h"
#include "threads_on_host.h"
#include "vfs_on_host.h"
#include <string.h>

enum { INBOX = 212992, CHAIN = 20000 };

static struct file *a, *b;
static char bytes[INBOX];
static long result;

static void pair(int kind, uint32_t flags) {
    if (unix_make_pair(kind, flags, &a, &b) != 0) printf("Bail out! there is no pair\n");
}

static void end(void) {
    file_drop(a);
    file_drop(b);
}

/// Sends a byte, and with it files.
static long send_files(struct file *over, unsigned count, struct file *const *files) {
    struct io io;
    struct socket_message m = {.passed = kzalloc(sizeof *m.passed)};
    for (unsigned i = 0; i < count; i++) {
        file_take(files[i]);
        m.passed->files[m.passed->count++] = files[i];
    }
    io_kernel(&io, (char[]){'f'}, 1);
    long n = socket_operations_of(over)->send(over, &io, &m);
    passed_files_free(m.passed);
    return n;
}

static long send_file(struct file *over, struct file *file) { return send_files(over, 1, &file); }

/// Receives a message and gives the one file that came with it, or null.
static struct file *receive_file(struct file *from) {
    struct io io;
    char byte;
    struct socket_message m = {0};
    struct file *file = NULL;
    io_kernel(&io, &byte, 1);
    if (socket_operations_of(from)->receive(from, &io, &m) == 1 && m.passed && m.passed->count == 1) {
        file = m.passed->files[0];
        file_take(file);
    }
    passed_files_free(m.passed);
    return file;
}

static void streams(void) {
    pair(SOCKET_STREAM, OPEN_NONBLOCK);
    ok(file_put(a, "one", 3) == 3 && file_put(a, "two", 3) == 3 && file_get(b, bytes, 4) == 4 &&
           memcmp(bytes, "onet", 4) == 0,
       "a stream has no pieces");
    ok(file_get(b, bytes, 4) == 2 && file_get(b, bytes, 4) == -EAGAIN, "and what is left is left");
    long filled = 0;
    for (long n; (n = file_put(a, bytes, 5000)) > 0;) filled += n;
    ok(filled > INBOX - 5000 && filled <= INBOX && !(file_ready(a) & POLL_OUT), "it takes so much and no more");
    file_drop(a);
    ok(file_get(b, bytes, sizeof bytes) == filled && file_get(b, bytes, 1) == 0 && (file_ready(b) & POLL_HANG_UP),
       "what was sent is read also when the sender is gone, and then the end");
    file_drop(b);
}

static void send_much(void *argument) {
    result = file_put(argument, bytes, sizeof bytes);
    if (result == sizeof bytes) result = file_put(argument, bytes, sizeof bytes);
}

static void read_one(void *argument) { result = file_get(argument, bytes, 1); }

static void waits(void) {
    pair(SOCKET_STREAM, 0);
    result = -1;
    thread_create("reader", read_one, b);
    host_settle();
    file_put(a, "x", 1);
    host_join();
    ok(result == 1, "a reader is woken by what comes");
    thread_create("reader", read_one, b);
    host_settle();
    file_drop(a);
    host_join();
    ok(result == 0, "and by the end");
    file_drop(b);
    pair(SOCKET_STREAM, 0);
    result = 0;
    thread_create("sender", send_much, a);
    host_settle();
    bool waited = result == sizeof bytes;
    file_drop(b);
    host_join();
    ok(waited && result == -EPIPE, "a sender that waits for room is woken when the receiver goes");
    file_drop(a);
}

static const struct socket_address server_name = {.length = 8, .bytes = {FAMILY_UNIX, 0, 0, 's', 'e', 'r', 'v', 'e'}};

static struct file *server(int kind) {
    struct file *s = unix_make(kind, OPEN_NONBLOCK);
    socket_operations_of(s)->bind(s, &server_name);
    if (kind != SOCKET_DATAGRAM) socket_operations_of(s)->listen(s, 1);
    return s;
}

static struct file *client(int kind, int *outcome) {
    struct file *c = unix_make(kind, OPEN_NONBLOCK);
    *outcome = socket_operations_of(c)->connect(c, &server_name);
    return c;
}

static void connections(void) {
    int outcome;
    struct file *s = server(SOCKET_STREAM), *other = unix_make(SOCKET_STREAM, 0), *clients[3], *accepted;
    ok(socket_operations_of(other)->bind(other, &server_name) == -EADDRINUSE &&
           socket_operations_of(s)->bind(s, &server_name) == -EINVAL,
       "a name is one socket's, a socket has one name");
    for (int i = 0; i < 3; i++) clients[i] = client(SOCKET_STREAM, &outcome);
    ok(outcome == -EAGAIN, "as many wait to be accepted as were asked for, and one more");
    file_put(clients[0], "hello", 5);
    ok(socket_operations_of(s)->accept(s, OPEN_NONBLOCK, &accepted) == 0 && file_get(accepted, bytes, 10) == 5,
       "what was sent before is there");
    file_drop(s);
    ok(file_put(clients[1], "x", 1) == -EPIPE && file_get(clients[1], bytes, 1) == 0, "who was not accepted is told");
    ok(file_put(accepted, "x", 1) == 1 && file_get(clients[0], bytes, 1) == 1, "who was goes on");
    file_drop(accepted);
    file_drop(other);
    for (int i = 0; i < 3; i++) file_drop(clients[i]);
    file_drop(client(SOCKET_STREAM, &outcome));
    ok(outcome == -ECONNREFUSED, "the name is gone with the server");
}

static int outcomes[2];

static void accept_one(void *argument) {
    struct file *accepted, *s = ((struct file **)argument)[0];
    int *mine = outcomes[0] == 1 ? &outcomes[1] : &outcomes[0];
    *mine = 1;
    *mine = socket_operations_of(s)->accept(s, 0, &accepted);
    if (*mine == 0) file_drop(accepted);
}

/// Sends what is in the program's memory, which lets others run before it is there.
static void send_slowly(void *argument) {
    struct io io;
    struct socket_message m = {0};
    io_user(&io, (uint64_t)(uintptr_t)bytes, 1);
    user_memory_is_away = thread_yield;
    result = socket_operations_of(argument)->send(argument, &io, &m);
    user_memory_is_away = NULL;
}

/// Two that wait for a connection are woken by one, while a third has all sockets to itself.
static void two_accept(void) {
    int outcome;
    struct file *s = server(SOCKET_STREAM), *clients[2];
    s->flags &= ~(uint32_t)OPEN_NONBLOCK;
    pair(SOCKET_STREAM, OPEN_NONBLOCK);
    outcomes[0] = outcomes[1] = 0;
    for (int i = 0; i < 2; i++) thread_create("server", accept_one, &s);
    host_settle();
    thread_create("sender", send_slowly, a);
    clients[0] = client(SOCKET_STREAM, &outcome);
    host_settle();
    ok(result == 1 && outcomes[0] + outcomes[1] == 1 && outcomes[0] * outcomes[1] == 0,
       "of two that wait one accepts, and the other waits on");
    clients[1] = client(SOCKET_STREAM, &outcome);
    host_join();
    ok(outcomes[0] == 0 && outcomes[1] == 0, "for the next");
    thread_create("server", accept_one, &s);
    host_settle();
    socket_operations_of(s)->shutdown(s, SHUT_READING);
    host_join();
    ok(outcomes[0] == -EINVAL, "or for the end of listening");
    for (int i = 0; i < 2; i++) file_drop(clients[i]);
    file_drop(s);
    end();
}

static void without_memory(void) {
    int outcome;
    long before = heap_blocks;
    bool told = true;
    for (long after = 0; after < 12; after++) {
        struct file *s = server(SOCKET_STREAM), *c = client(SOCKET_STREAM, &outcome), *accepted = NULL;
        file_put(c, "x", 1);
        heap_fails_after = after;
        outcome = socket_operations_of(s)->accept(s, 0, &accepted);
        heap_fails_after = -1;
        told &= outcome == 0 ? accepted != NULL : outcome == -ENOMEM && file_get(c, bytes, 1) == 0;
        if (accepted) file_drop(accepted);
        file_drop(c);
        file_drop(s);
    }
    ok(told, "without memory to accept a client it is told");
    ok(heap_blocks == before, "and nothing of it is kept");
}

static void datagrams(void) {
    int outcome;
    struct file *s = server(SOCKET_DATAGRAM), *c = client(SOCKET_DATAGRAM, &outcome);
    file_put(c, "one", 3);
    file_put(c, "twotwo", 6);
    ok(file_get(s, bytes, 10) == 3 && file_get(s, bytes, 2) == 2 && file_get(s, bytes, 10) == -EAGAIN,
       "datagrams are read one by one, and what is not read of one is gone");
    file_put(c, "three", 5);
    file_drop(s);
    ok(file_put(c, "four", 4) == -ECONNREFUSED, "nobody sends to a socket that is gone");
    file_drop(c);
    outcome = unix_make_pair(SOCKET_SEQUENCE, OPEN_NONBLOCK, &a, &b);
    file_put(a, "one", 3);
    file_put(a, "two", 3);
    ok(outcome == 0 && file_get(b, bytes, 10) == 3 && file_get(b, bytes, 10) == 3, "a sequence has pieces, too");
    end();
}

/// Two clients of a server that has no peer itself.
static void room_for_datagrams(void) {
    int outcome;
    struct epoll_event events[4];
    struct file *s = server(SOCKET_DATAGRAM), *c = client(SOCKET_DATAGRAM, &outcome),
                *other = client(SOCKET_DATAGRAM, &outcome), *e = epoll_make();
    while (file_ready(c) & POLL_OUT) file_put(c, bytes, 10000);
    const struct epoll_event wanted = {.events = POLL_OUT};
    epoll_change(e, EPOLL_ADD, 5, c, &wanted);
    epoll_change(e, EPOLL_ADD, 6, other, &wanted);
    bool is_full = epoll_wait(e, events, 4, 0) == 0;
    while (file_get(s, bytes, sizeof bytes) > 0) {
    }
    ok(is_full && epoll_wait(e, events, 4, 0) == 2, "those who want to send are told when the receiver has room");
    while (file_ready(c) & POLL_OUT) file_put(c, bytes, 10000);
    is_full = epoll_wait(e, events, 4, 0) == 0;
    file_drop(s);
    ok(is_full && epoll_wait(e, events, 4, 0) == 2 && file_put(c, "x", 1) == -ECONNREFUSED, "and when it is gone");
    file_drop(c);
    file_drop(other);
    file_drop(e);
}

static bool passed_on_is_gone;
static void note_close(struct file *file) { passed_on_is_gone = file != NULL; }
static const struct file_operations noting = {.kind = "noting", .close = note_close};

/// A file that says when it is closed.
static struct file *noting_file(void) {
    passed_on_is_gone = false;
    return file_unnamed(&noting, OPEN_READ, NULL);
}

static void passing(void) {
    pair(SOCKET_STREAM, OPEN_NONBLOCK);
    struct file *file = noting_file();
    send_file(a, file);
    file_drop(file);
    ok(!passed_on_is_gone, "a file in a message is open");
    struct file *received = receive_file(b);
    ok(received == file && !passed_on_is_gone, "and is the receiver's then");
    send_file(b, file);
    file_drop(file);
    file_drop(a);
    ok(passed_on_is_gone, "with the socket that nobody reads it goes, though the other end is there still");
    file_drop(b);
    pair(SOCKET_STREAM, OPEN_NONBLOCK);
    send_file(a, a);
    file_drop(a);
    received = receive_file(b);
    ok(received == a && file_put(b, "x", 1) == 1 && file_get(received, bytes, 1) == 1,
       "a socket can be sent over itself");
    file_drop(received);
    file_drop(b);
}

static void circles(void) {
    long before = heap_blocks;
    struct file *file = noting_file(), *c, *d;
    pair(SOCKET_STREAM, OPEN_NONBLOCK);
    send_files(a, 2, (struct file *[]){b, file});
    file_drop(file);
    file_drop(b);
    bool early = passed_on_is_gone;
    file_drop(a);
    ok(!early && passed_on_is_gone && heap_blocks == before,
       "a socket that lies in its own inbox goes when nobody else has it");

    pair(SOCKET_STREAM, OPEN_NONBLOCK);
    unix_make_pair(SOCKET_DATAGRAM, OPEN_NONBLOCK, &c, &d);
    send_file(a, d); // b holds d
    send_file(c, b); // d holds b
    file_drop(b);
    file_drop(d);
    ok(heap_blocks > before, "two sockets that hold each other live while one could still be read");
    file_drop(a);
    file_drop(c);
    ok(heap_blocks == before, "and go with the last that could send to them");

    pair(SOCKET_STREAM, OPEN_NONBLOCK);
    unix_make_pair(SOCKET_STREAM, OPEN_NONBLOCK, &c, &d);
    file = noting_file();
    send_file(a, file);
    send_file(a, b); // b lies in its own inbox, and in that of d, which can be read
    send_file(c, b);
    file_drop(file);
    file_drop(a);
    file_drop(b);
    file_drop(c);
    early = passed_on_is_gone;
    struct file *received = receive_file(d);
    file = received ? receive_file(received) : NULL;
    ok(!early && received && file, "what can be received in the end is kept with all that lies in it");
    file_drop(file);
    file_drop(received);
    file_drop(d);
    ok(heap_blocks == before, "and goes after that");
}

/// A circle through a connection that its listener has not accepted.
static void circle_of_a_listener(void) {
    long before = heap_blocks;
    int outcome;
    struct file *s = server(SOCKET_STREAM), *c = client(SOCKET_STREAM, &outcome);
    send_file(c, s);
    file_drop(c);
    ok(heap_blocks > before, "a listener lies in a message to itself");
    file_drop(s);
    pair(SOCKET_STREAM, 0);
    end();
    ok(heap_blocks == before, "which nobody can accept any more");
}

static struct file *links[CHAIN];

/// Each socket lies in the inbox of the next. The last one's end must not take the stack of all.
static void chain(void) {
    long before = heap_blocks;
    struct file *previous = noting_file();
    for (int i = 0; i < CHAIN; i++) {
        struct file *sender;
        unix_make_pair(SOCKET_STREAM, OPEN_NONBLOCK, &sender, &links[i]);
        send_file(sender, previous);
        file_drop(previous);
        file_drop(sender);
        previous = links[i];
    }
    bool early = passed_on_is_gone;
    file_drop(previous);
    ok(!early && passed_on_is_gone && heap_blocks == before, "sockets in sockets in sockets go all at once");
}

int main(void) {
    mutex_init(&name_lock);
    process.directory = dentry_root(memory_filesystem(1));
    walk_set_root(process.directory);
    long before = heap_blocks;
    streams();
    waits();
    connections();
    two_accept();
    without_memory();
    datagrams();
    room_for_datagrams();
    passing();
    circles();
    circle_of_a_listener();
    chain();
    ok(heap_blocks == before, "nothing is left of them");
    return done();
}
