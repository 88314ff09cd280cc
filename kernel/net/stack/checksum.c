// The Internet checksum. Sums are of 32-bit words in the processor's order; the last step swaps the bytes (RFC 1071,
// 2B).

#include "net/stack/checksum.h"
#include "lib/string.h"

typedef uint32_t __attribute__((may_alias, aligned(1))) word32;
typedef uint64_t __attribute__((may_alias, aligned(1))) word64;

/// Adds with the carry brought round.
static inline uint64_t add64(uint64_t sum, uint64_t n) {
    sum += n;
    return sum + (sum < n);
}

static uint64_t add_tail(uint64_t sum, const uint8_t *at, size_t n) {
    uint64_t last = 0;
    memcpy(&last, at, n);
    return add64(sum, last);
}

uint64_t checksum_add(uint64_t sum, const void *bytes, size_t n) {
    const uint8_t *at = bytes;
    for (; n >= 32; n -= 32, at += 32) {
        const word64 *w = (const word64 *)at;
        sum = add64(add64(add64(add64(sum, w[0]), w[1]), w[2]), w[3]);
    }
    for (; n >= 8; n -= 8, at += 8) sum = add64(sum, *(const word64 *)at);
    return n > 0 ? add_tail(sum, at, n) : sum;
}

uint64_t checksum_copy(uint64_t sum, void *to, const void *from, size_t n) {
    uint8_t *t = to;
    const uint8_t *f = from;
    for (; n >= 32; n -= 32, t += 32, f += 32) {
        const word64 *w = (const word64 *)f;
        word64 *out = (word64 *)t;
        uint64_t a = w[0], b = w[1], c = w[2], d = w[3];
        out[0] = a;
        out[1] = b;
        out[2] = c;
        out[3] = d;
        sum = add64(add64(add64(add64(sum, a), b), c), d);
    }
    memcpy(t, f, n);
    return checksum_add(sum, t, n);
}

uint64_t checksum_pseudo(uint32_t from, uint32_t to, uint8_t protocol, uint32_t length) {
    return (uint64_t)__builtin_bswap32(from) + __builtin_bswap32(to) + ((uint64_t)protocol << 8) +
           __builtin_bswap16((uint16_t)length);
}

uint16_t checksum_fold(uint64_t sum) {
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return __builtin_bswap16((uint16_t)sum);
}

uint16_t checksum_finish(uint64_t sum) { return (uint16_t)~checksum_fold(sum); }
