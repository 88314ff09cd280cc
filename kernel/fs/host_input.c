// Standard input that is a pipe or a file at the host: every byte of it, and its end.
//
// The host port `stdin` carries pieces: a length of four bytes, the lowest first, then as many bytes. A piece of length
// 0 is the end. A host that leaves before that has lost the rest: reads then fail, so that nobody takes a part for the
// whole. A thread moves it into a pipe; while that is full, the host waits.
#include "fs/host_input.h"

#include "dev/console.h"
#include "fs/pipe.h"
#include "lib/errno.h"
#include "sched/thread.h"

enum { CHUNK = 4096, HEADER = 4 };

static struct {
    struct host_port *port;
    struct wait_queue readable;
    struct file *pipe; // its end for writing
    uint8_t bytes[CHUNK];
} input;

/// Waits for bytes of the host. How many there are; 0 when it has left.
static size_t receive(void *to, size_t cap) {
    struct waiter w;
    size_t n;
    wait_begin(&input.readable, &w);
    for (;;) {
        bool is_left = host_port_is_left(input.port);
        n = host_port_read(input.port, to, cap);
        if (n > 0 || is_left) break;
        wait_sleep_uninterrupted(&w, WAIT_FOREVER);
    }
    wait_end(&w);
    return n;
}

static bool receive_length(uint32_t *length) {
    uint8_t header[HEADER];
    size_t n, have = 0;
    for (; have < HEADER; have += n) {
        n = receive(header + have, HEADER - have);
        if (n == 0) return false;
    }
    *length = header[0] | (uint32_t)header[1] << 8 | (uint32_t)header[2] << 16 | (uint32_t)header[3] << 24;
    return true;
}

/// Puts bytes into the pipe. What the program does not want to read any more is thrown away.
static void pass(uint64_t n) {
    struct io io;
    io_kernel(&io, input.bytes, n);
    input.pipe->operations->write(input.pipe, &io, 0);
}

/// Passes all pieces on; false when the host leaves before the last.
static bool pass_all(void) {
    uint32_t left;
    for (;;) {
        if (!receive_length(&left)) return false;
        if (left == 0) return true;
        while (left > 0) {
            size_t n = receive(input.bytes, left < CHUNK ? left : CHUNK);
            if (n == 0) return false;
            pass(n);
            left -= (uint32_t)n;
        }
    }
}

static void serve(void *unused) {
    (void)unused;
    if (!pass_all()) {
        klog("the host has stopped sending the standard input before its end: reading it fails");
        pipe_fail(input.pipe, -EIO);
    }
    file_drop(input.pipe);
    // What is still sent is nobody's.
    while (receive(input.bytes, CHUNK) > 0) {
    }
}

struct file *host_input_open(void) {
    struct file *reader;
    input.port = host_port_find("stdin");
    if (!input.port || pipe_make(0, &reader, &input.pipe) != 0) return NULL;
    wait_queue_init(&input.readable);
    host_port_listen(input.port, &input.readable, HOST_PORT_STREAM);
    if (thread_create("stdin", serve, NULL)) return reader;
    file_drop(reader);
    file_drop(input.pipe);
    return NULL;
}
