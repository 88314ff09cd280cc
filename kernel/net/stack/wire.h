// Numbers as they are on the wire: big-endian, at any alignment. Inside the stack addresses and ports are in the
// processor's order.
#pragma once

#include <stdint.h>

static inline uint16_t wire_get16(const uint8_t *at) { return (uint16_t)(at[0] << 8 | at[1]); }

static inline uint32_t wire_get32(const uint8_t *at) {
    uint32_t n;
    __builtin_memcpy(&n, at, sizeof n);
    return __builtin_bswap32(n);
}

static inline void wire_put16(uint8_t *at, uint16_t n) {
    at[0] = (uint8_t)(n >> 8);
    at[1] = (uint8_t)n;
}

static inline void wire_put32(uint8_t *at, uint32_t n) {
    n = __builtin_bswap32(n);
    __builtin_memcpy(at, &n, sizeof n);
}

#define IPV4(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))
