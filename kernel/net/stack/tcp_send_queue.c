// The bytes that were written and not yet acknowledged, in blocks as they were written.

#include "lib/string.h"
#include "mem/heap.h"
#include "net/stack/checksum.h"
#include "net/stack/tcp_connection.h"

struct tcp_chunk *tcp_chunk_make(uint32_t capacity) {
    struct tcp_chunk *chunk = kmalloc(sizeof *chunk + capacity);
    if (chunk) *chunk = (struct tcp_chunk){.capacity = capacity};
    return chunk;
}

uint8_t *tcp_chunk_bytes(struct tcp_chunk *chunk) { return chunk->bytes; }
void tcp_chunk_free(struct tcp_chunk *chunk) { kfree(chunk); }

void tcp_queue_add(struct tcp_connection *c, struct tcp_chunk *chunk) {
    chunk->next = NULL;
    if (c->queue_last) c->queue_last->next = chunk;
    else c->queue_first = chunk;
    c->queue_last = chunk;
    c->queue_bytes += chunk->length;
}

void tcp_queue_drop(struct tcp_connection *c, uint32_t n) {
    c->queue_bytes -= n;
    c->queue_sequence += n;
    c->queue_skip += n;
    while (c->queue_first && c->queue_skip >= c->queue_first->length) {
        struct tcp_chunk *gone = c->queue_first;
        c->queue_skip -= gone->length;
        c->queue_first = gone->next;
        if (!c->queue_first) c->queue_last = NULL;
        if (c->cursor == gone) c->cursor = NULL;
        kfree(gone);
    }
}

void tcp_queue_free(struct tcp_connection *c) {
    while (c->queue_first) {
        struct tcp_chunk *gone = c->queue_first;
        c->queue_first = gone->next;
        kfree(gone);
    }
    c->queue_last = c->cursor = NULL;
    c->queue_bytes = c->queue_skip = 0;
}

uint64_t tcp_queue_copy(struct tcp_connection *c, uint32_t sequence, uint8_t *to, uint32_t n, uint64_t sum) {
    // Mostly the next segment follows the last one.
    if (!c->cursor || before(sequence, c->cursor_sequence)) {
        c->cursor = c->queue_first;
        c->cursor_sequence = c->queue_sequence - c->queue_skip;
    }
    while (n > 0) {
        struct tcp_chunk *chunk = c->cursor;
        uint32_t skip = sequence - c->cursor_sequence;
        if (skip >= chunk->length) {
            c->cursor_sequence += chunk->length;
            c->cursor = chunk->next;
            continue;
        }
        uint32_t here = least(chunk->length - skip, n);
        // A piece of odd length shifts all that follow by one byte: these are summed behind, as one.
        if (here % 2 != 0 && here < n) {
            uint8_t *start = to;
            uint32_t all = n;
            for (;;) {
                memcpy(to, chunk->bytes + skip, here);
                to += here;
                n -= here;
                if (n == 0) break;
                c->cursor_sequence += chunk->length;
                chunk = c->cursor = chunk->next;
                skip = 0;
                here = least(chunk->length, n);
            }
            return checksum_add(sum, start, all);
        }
        sum = checksum_copy(sum, to, chunk->bytes + skip, here);
        to += here;
        sequence += here;
        n -= here;
    }
    return sum;
}
