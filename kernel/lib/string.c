// Memory and string functions, with the meaning they have in C.
//
// Copies go by eight words a turn: without vector registers that is the best on hardware, and under an emulator a
// string instruction costs as much per element as a loop does per turn.
#include "lib/string.h"

#include <stdint.h>

/// A word at any alignment that may alias anything.
typedef uint64_t __attribute__((may_alias, aligned(1))) word;

enum { WORD = sizeof(word), BLOCK = 8 * WORD };

static inline void copy_block(unsigned char *to, const unsigned char *from) {
    word *t = (word *)to;
    const word *f = (const word *)from;
    word a = f[0], b = f[1], c = f[2], d = f[3], e = f[4], g = f[5], h = f[6], i = f[7];
    t[0] = a;
    t[1] = b;
    t[2] = c;
    t[3] = d;
    t[4] = e;
    t[5] = g;
    t[6] = h;
    t[7] = i;
}

static void *copy_forward(void *to, const void *from, size_t n) {
    unsigned char *t = to;
    const unsigned char *f = from;
    for (; n >= BLOCK; n -= BLOCK, t += BLOCK, f += BLOCK) {
        copy_block(t, f);
    }
    for (; n >= WORD; n -= WORD, t += WORD, f += WORD) {
        *(word *)t = *(const word *)f;
    }
    for (; n > 0; n--) {
        *t++ = *f++;
    }
    return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t n) { return copy_forward(to, from, n); }

void *memmove(void *to, const void *from, size_t n) {
    if ((uintptr_t)to - (uintptr_t)from >= n) {
        return copy_forward(to, from, n);
    }
    unsigned char *t = (unsigned char *)to + n;
    const unsigned char *f = (const unsigned char *)from + n;
    for (; n >= WORD; n -= WORD) {
        t -= WORD;
        f -= WORD;
        *(word *)t = *(const word *)f;
    }
    for (; n > 0; n--) {
        *--t = *--f;
    }
    return to;
}

void *memset(void *to, int byte, size_t n) {
    unsigned char *t = to;
    word w = 0x0101010101010101ull * (unsigned char)byte;
    for (; n >= BLOCK; n -= BLOCK, t += BLOCK) {
        word *p = (word *)t;
        p[0] = w;
        p[1] = w;
        p[2] = w;
        p[3] = w;
        p[4] = w;
        p[5] = w;
        p[6] = w;
        p[7] = w;
    }
    for (; n >= WORD; n -= WORD, t += WORD) {
        *(word *)t = w;
    }
    for (; n > 0; n--) {
        *t++ = (unsigned char)byte;
    }
    return to;
}

int memcmp(const void *a, const void *b, size_t n) {
    const unsigned char *x = a;
    const unsigned char *y = b;
    for (; n >= WORD && *(const word *)x == *(const word *)y; n -= WORD) {
        x += WORD;
        y += WORD;
    }
    for (; n > 0; n--, x++, y++) {
        if (*x != *y) {
            return *x - *y;
        }
    }
    return 0;
}

void *memchr(const void *s, int byte, size_t n) {
    const unsigned char *p = s;
    for (; n > 0; n--, p++) {
        if (*p == (unsigned char)byte) {
            return (void *)(uintptr_t)p;
        }
    }
    return NULL;
}

size_t strlen(const char *s) {
    const char *end = s;
    while (*end != '\0') {
        end++;
    }
    return (size_t)(end - s);
}

size_t strnlen(const char *s, size_t cap) {
    size_t n = 0;
    while (n < cap && s[n] != '\0') {
        n++;
    }
    return n;
}

int strcmp(const char *a, const char *b) {
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return (unsigned char)*a - (unsigned char)*b;
}

int strncmp(const char *a, const char *b, size_t n) {
    for (; n > 0; n--, a++, b++) {
        if (*a != *b || *a == '\0') {
            return (unsigned char)*a - (unsigned char)*b;
        }
    }
    return 0;
}

char *strchr(const char *s, int c) {
    for (; *s != (char)c; s++) {
        if (*s == '\0') {
            return NULL;
        }
    }
    return (char *)(uintptr_t)s;
}
