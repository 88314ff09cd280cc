// SipHash-2-4 of whole words (Aumasson and Bernstein, "SipHash: a fast short-input PRF").

#include "net/stack/secret_hash.h"

struct state {
    uint64_t a, b, c, d;
};

static uint64_t rotate(uint64_t n, int by) { return n << by | n >> (64 - by); }

static void mix(struct state *s, int rounds) {
    while (rounds-- > 0) {
        s->a += s->b;
        s->c += s->d;
        s->b = rotate(s->b, 13) ^ s->a;
        s->d = rotate(s->d, 16) ^ s->c;
        s->a = rotate(s->a, 32);
        s->c += s->b;
        s->a += s->d;
        s->b = rotate(s->b, 17) ^ s->c;
        s->d = rotate(s->d, 21) ^ s->a;
        s->c = rotate(s->c, 32);
    }
}

static void absorb(struct state *s, uint64_t word) {
    s->d ^= word;
    mix(s, 2);
    s->a ^= word;
}

uint64_t secret_hash(const uint64_t key[2], const uint64_t *words, size_t count) {
    struct state s = {key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d, key[0] ^ 0x6c7967656e657261,
                      key[1] ^ 0x7465646279746573};
    for (size_t i = 0; i < count; i++) absorb(&s, words[i]);
    absorb(&s, (uint64_t)(count * 8) << 56);
    s.c ^= 0xff;
    mix(&s, 4);
    return s.a ^ s.b ^ s.c ^ s.d;
}
