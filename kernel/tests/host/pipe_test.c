// Pipes: what goes in comes out, in order and untorn, whoever waits for whom.

#include "fs/pipe.h"
#include "heap_on_host.h"
#include "lib/errno.h"
#include "open_file.h"
#include "random.h"
#include "tap.h"
#include "sched/thread.h"
#include "threads_on_host.h"
#include <string.h>

enum { CAPACITY = 65536, SMALL = 4096 };

static struct file *reader, *writer;
static char bytes[1 << 20];

static void begin(uint32_t flags) {
    if (pipe_make(flags, &reader, &writer) != 0) printf("Bail out! there is no pipe\n");
}

static void end(void) {
    file_drop(reader);
    file_drop(writer);
}

static void without_waiting(void) {
    begin(OPEN_NONBLOCK);
    ok(file_get(reader, bytes, 10) == -EAGAIN && file_ready(reader) == 0, "an empty pipe has nothing to read");
    ok(file_put(writer, "hello", 5) == 5 && file_ready(reader) == POLL_IN, "what was written can be read");
    ok(file_get(reader, bytes, 3) == 3 && memcmp(bytes, "hel", 3) == 0 && file_get(reader, bytes, 10) == 2 &&
           bytes[1] == 'o',
       "in pieces of any size");
    ok(file_put(writer, bytes, sizeof bytes) == CAPACITY && file_put(writer, bytes, 1) == -EAGAIN,
       "a large write puts in what fits");
    ok(file_ready(writer) == 0 && file_get(reader, bytes, SMALL - 1) == SMALL - 1 && file_ready(writer) == 0,
       "there is room to write once a page is free");
    ok(file_put(writer, bytes, SMALL) == -EAGAIN && file_put(writer, bytes, SMALL - 1) == SMALL - 1,
       "a write of up to a page goes in whole or not at all");
    end();
}

static void ends(void) {
    begin(0);
    file_put(writer, "last", 4);
    file_drop(writer);
    ok(file_ready(reader) == (POLL_IN | POLL_HANG_UP), "without a writer its end is announced behind what is left");
    ok(file_get(reader, bytes, 10) == 4 && file_get(reader, bytes, 10) == 0, "and read there");
    file_drop(reader);
    begin(0);
    file_drop(reader);
    ok(file_put(writer, "x", 1) == -EPIPE && (file_ready(writer) & POLL_ERROR),
       "nobody writes to a pipe without a reader");
    file_drop(writer);
}

static void sizes(void) {
    begin(OPEN_NONBLOCK);
    ok(pipe_capacity(writer) == CAPACITY && pipe_set_capacity(writer, 5000) == 8192,
       "its size is a power of two of pages");
    for (int i = 0; i < 6000; i++) bytes[i] = (char)(i * 7);
    file_put(writer, bytes, 6000);
    file_get(reader, bytes, 3000);
    file_put(writer, bytes, 3000); // round the end
    ok(pipe_set_capacity(writer, SMALL) == -EBUSY, "it does not become smaller than what it holds");
    ok(pipe_set_capacity(writer, 1 << 20) == 1 << 20 && pipe_room(writer) == (1 << 20) - 6000, "it can grow");
    bool kept = file_get(reader, bytes, 6000) == 6000;
    for (int i = 0; i < 3000; i++) kept &= bytes[i] == (char)((i + 3000) * 7) && bytes[i + 3000] == (char)(i * 7);
    ok(kept, "with what is in it");
    ok(pipe_set_capacity(writer, (1 << 20) + 1) == -EPERM, "up to a megabyte");
    end();
}

static long result;

static void read_some(void *unused) {
    (void)unused;
    result = file_get(reader, bytes, 10);
}

static void write_much(void *unused) {
    (void)unused;
    result = file_put(writer, bytes, CAPACITY + 1000);
}

static void waiting(void) {
    begin(0);
    result = -1;
    thread_create("reader", read_some, NULL);
    host_settle();
    ok(result == -1, "a reader waits for something to read");
    file_put(writer, "now", 3);
    host_join();
    ok(result == 3, "and is woken by it");
    thread_create("writer", write_much, NULL);
    host_settle();
    ok(result == 3 && file_get(reader, bytes, 500) == 500, "a writer waits for room");
    host_settle();
    ok(result == 3 && file_get(reader, bytes, 500) == 500, "for all that it has to write");
    host_join();
    ok(result == CAPACITY + 1000, "and has then written everything");
    thread_create("writer", write_much, NULL);
    host_settle();
    file_drop(reader);
    host_join();
    ok(result == -EPIPE, "when the reader goes, the writer's wait ends");
    file_drop(writer);
    begin(0);
    struct thread *sleeper = thread_create("reader", read_some, NULL);
    host_settle();
    thread_interrupt(sleeper);
    host_join();
    ok(result == -EINTR, "an interrupted reader gives up");
    thread_create("reader", read_some, NULL);
    host_settle();
    file_drop(writer);
    host_join();
    ok(result == 0, "when the writer goes, the reader has reached the end");
    file_drop(reader);
}

enum { WRITERS = 3, MESSAGES = 4000 };

/// Messages that tell how long they are and who sent them: all their bytes are the same.
static void send(void *argument) {
    uint8_t mine[512];
    long n = (long)argument;
    for (int i = 0; i < MESSAGES; i++) {
        uint16_t length = (uint16_t)(4 + random_below(sizeof mine - 4));
        memset(mine, (int)n, sizeof mine);
        memcpy(mine, &length, sizeof length);
        if (file_put(writer, mine, length) != length) result = -1;
        if (random_below(8) == 0) thread_yield();
    }
}

static bool get_all(void *to, uint64_t n) {
    for (uint64_t got = 0; got < n;) {
        long more = file_get(reader, (char *)to + got, 1 + random_below(n - got));
        if (more <= 0) return false;
        got += (uint64_t)more;
    }
    return true;
}

static void many_writers(void) {
    unsigned from[WRITERS] = {0};
    bool whole = true;
    begin(0);
    pipe_set_capacity(writer, SMALL);
    result = 0;
    for (long n = 0; n < WRITERS; n++) thread_create("writer", send, (void *)n);
    for (int i = 0; i < WRITERS * MESSAGES && whole; i++) {
        uint8_t message[512];
        uint16_t length;
        whole =
            get_all(&length, sizeof length) && length >= 4 && length <= sizeof message && get_all(message, length - 2u);
        for (int k = 1; whole && k < length - 2; k++) whole = message[k] == message[0];
        if (whole && message[0] < WRITERS) from[message[0]]++;
    }
    host_join();
    ok(result == 0 && whole, "messages of several writers come one behind the other, none torn");
    ok(from[0] == MESSAGES && from[1] == MESSAGES && from[2] == MESSAGES, "and none is lost");
    end();
}

int main(void) {
    without_waiting();
    ends();
    sizes();
    waiting();
    many_writers();
    ok(heap_blocks == 0, "nothing is left of them");
    return done();
}
