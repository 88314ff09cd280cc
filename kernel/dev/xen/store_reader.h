// Messages of xenstore, put together from the bytes of its ring. Pure.
#pragma once

#include "dev/xen/byte_ring.h"

enum store_type {
    STORE_DIRECTORY = 1,
    STORE_READ = 2,
    STORE_WATCH = 4,
    STORE_WRITE = 11,
    STORE_WATCH_EVENT = 15,
    STORE_ERROR = 16
};

/// Before each message, in both directions.
struct store_header {
    uint32_t type, request, transaction, length;
};

enum { STORE_MESSAGE_MOST = 4096 };

struct store_reader {
    struct store_header header;
    uint32_t have; // of the header and what follows it
    bool broken; // a message was longer than any may be
    char body[STORE_MESSAGE_MOST + 1]; // ended by a NUL that is not counted
};

/// Takes bytes until a message is whole. True if it is: until the next call it is in `header` and `body`.
bool store_reader_next(struct store_reader *r, struct byte_ring *ring);
/// Of a watch event: its path and the token; false if it is none.
bool store_reader_event(const struct store_reader *r, const char **path, const char **token);
/// A decimal number that is all of `text`; false if it is none, or beyond 64 bits.
bool store_number(const char *text, uint64_t *number);
