// The constants are computed as the standard defines them: the first 32 bits of the fractional parts of the square
// roots of the first 8 primes and of the cube roots of the first 64.

#include "sha256.h"

#include <stdio.h>
#include <string.h>

static uint32_t initial[8], round_constants[64];

// floor(2^32 * prime^(1/degree)) modulo 2^32: the largest x with x^degree <= prime * 2^(32*degree).
static uint32_t root_fraction(uint32_t prime, int degree) {
    uint64_t root = 0;
    for (int bit = 35; bit >= 0; bit--) {
        uint64_t x = root | 1ull << bit;
        unsigned __int128 power = (unsigned __int128)x * x;
        // The cube would need 3 * 36 bits; that fits as well.
        if (degree == 3) power *= x;
        if (power <= (unsigned __int128)prime << (32 * degree)) root = x;
    }
    return (uint32_t)root;
}

static void prepare(void) {
    int found = 0;
    for (uint32_t n = 2; found < 64; n++) {
        uint32_t divisor = 2;
        while (n % divisor != 0) divisor++;
        if (divisor != n) continue;
        if (found < 8) initial[found] = root_fraction(n, 2);
        round_constants[found++] = root_fraction(n, 3);
    }
}

static uint32_t rotate(uint32_t x, int by) { return x >> by | x << (32 - by); }

static void add_block(uint32_t state[8], const uint8_t block[64]) {
    uint32_t w[64], s[8];
    for (int i = 0; i < 16; i++) {
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 | (uint32_t)block[4 * i + 2] << 8 |
               block[4 * i + 3];
    }
    for (int i = 16; i < 64; i++) {
        uint32_t a = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
        uint32_t b = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10;
        w[i] = w[i - 16] + a + w[i - 7] + b;
    }
    memcpy(s, state, sizeof s);
    for (int i = 0; i < 64; i++) {
        uint32_t big1 = rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25);
        uint32_t choice = (s[4] & s[5]) ^ (~s[4] & s[6]);
        uint32_t one = s[7] + big1 + choice + round_constants[i] + w[i];
        uint32_t big0 = rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22);
        uint32_t two = big0 + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 7 * sizeof *s);
        s[4] += one;
        s[0] = one + two;
    }
    for (int i = 0; i < 8; i++) state[i] += s[i];
}

void sha256_text(const uint8_t *from, size_t bytes, char text[65]) {
    if (initial[0] == 0) prepare();
    uint32_t state[8];
    memcpy(state, initial, sizeof state);
    size_t whole = bytes / 64 * 64;
    for (size_t at = 0; at < whole; at += 64) add_block(state, from + at);
    uint8_t rest[128] = {0};
    size_t left = bytes - whole, padded = left < 56 ? 64 : 128;
    memcpy(rest, from + whole, left);
    rest[left] = 0x80;
    for (int i = 0; i < 8; i++) rest[padded - 1 - (size_t)i] = (uint8_t)((uint64_t)bytes * 8 >> 8 * i);
    for (size_t at = 0; at < padded; at += 64) add_block(state, rest + at);
    for (int i = 0; i < 8; i++) snprintf(text + 8 * i, 9, "%08x", (unsigned)state[i]);
}
