// Messages of xenstore.
#include "dev/xen/store_reader.h"

#include "lib/string.h"

bool store_reader_next(struct store_reader *r, struct byte_ring *ring) {
    const uint32_t head = sizeof(r->header);
    if (r->have >= head && r->have == head + r->header.length) {
        r->have = 0;
    }
    while (!r->broken) {
        bool in_header = r->have < head;
        char *to = in_header ? (char *)&r->header + r->have : r->body + (r->have - head);
        uint32_t wanted = in_header ? head - r->have : r->header.length - (r->have - head);
        uint32_t n = (uint32_t)byte_ring_take(ring, to, wanted);
        r->have += n;
        if (n < wanted) {
            return false;
        }
        if (in_header) {
            r->broken = r->header.length > STORE_MESSAGE_MOST;
            if (r->header.length > 0) {
                continue;
            }
        }
        if (!r->broken) {
            r->body[r->header.length] = '\0';
            return true;
        }
    }
    return false;
}

bool store_reader_event(const struct store_reader *r, const char **path, const char **token) {
    if (r->header.type != STORE_WATCH_EVENT) {
        return false;
    }
    size_t length = strnlen(r->body, r->header.length);
    if (length + 1 >= r->header.length) {
        return false;
    }
    *path = r->body;
    *token = r->body + length + 1;
    return true;
}

bool store_number(const char *text, uint64_t *number) {
    const char *at = text;
    *number = 0;
    for (; *at >= '0' && *at <= '9'; at++) {
        if (__builtin_mul_overflow(*number, 10ull, number) ||
            __builtin_add_overflow(*number, (uint64_t)(*at - '0'), number)) {
            return false;
        }
    }
    return at != text && *at == '\0';
}
