// ChaCha20 (RFC 8439, 2.3). Little-endian, as the processor is.

#include "lib/chacha20.h"
#include "lib/string.h"

enum { WORDS = 16, DOUBLE_ROUNDS = 10 };

static inline uint32_t rotate(uint32_t x, unsigned n) { return x << n | x >> (32 - n); }

static inline void quarter_round(uint32_t *s, unsigned a, unsigned b, unsigned c, unsigned d) {
    s[a] += s[b];
    s[d] = rotate(s[d] ^ s[a], 16);
    s[c] += s[d];
    s[b] = rotate(s[b] ^ s[c], 12);
    s[a] += s[b];
    s[d] = rotate(s[d] ^ s[a], 8);
    s[c] += s[d];
    s[b] = rotate(s[b] ^ s[c], 7);
}

void chacha20_block(const uint8_t key[CHACHA20_KEY], uint32_t counter, const uint8_t nonce[12],
                    uint8_t out[CHACHA20_BLOCK]) {
    uint32_t start[WORDS], s[WORDS];
    memcpy(start, "expand 32-byte k", 16);
    memcpy(start + 4, key, CHACHA20_KEY);
    start[12] = counter;
    memcpy(start + 13, nonce, 12);
    memcpy(s, start, sizeof s);
    for (unsigned i = 0; i < DOUBLE_ROUNDS; i++) {
        for (unsigned column = 0; column < 4; column++) quarter_round(s, column, column + 4, column + 8, column + 12);
        for (unsigned k = 0; k < 4; k++) quarter_round(s, k, 4 + (k + 1) % 4, 8 + (k + 2) % 4, 12 + (k + 3) % 4);
    }
    for (unsigned i = 0; i < WORDS; i++) s[i] += start[i];
    memcpy(out, s, CHACHA20_BLOCK);
}
