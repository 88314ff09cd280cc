// The kernel's memory and string functions against the C library's, at every alignment and around their block sizes.
// The Makefile compiles lib/string.c with these names.

#include "random.h"
#include "tap.h"
#include <string.h>

void *pith_memcpy(void *to, const void *from, size_t n);
void *pith_memmove(void *to, const void *from, size_t n);
void *pith_memset(void *to, int byte, size_t n);
int pith_memcmp(const void *a, const void *b, size_t n);
void *pith_memchr(const void *s, int byte, size_t n);
size_t pith_strlen(const char *s);
size_t pith_strnlen(const char *s, size_t cap);
int pith_strcmp(const char *a, const char *b);
int pith_strncmp(const char *a, const char *b, size_t n);
char *pith_strchr(const char *s, int c);

enum { ROOM = 400, LENGTHS = 200, ALIGNMENTS = 9 };

static unsigned char from[ROOM], ours[ROOM], theirs[ROOM];

static void fill(void) {
    for (int i = 0; i < ROOM; i++) from[i] = (unsigned char)random_number();
    memcpy(ours, from, ROOM);
    memcpy(theirs, from, ROOM);
}

static int sign(int n) { return (n > 0) - (n < 0); }

int main(void) {
    bool copies = true, moves = true, sets = true, compares = true, finds = true;
    for (size_t n = 0; n < LENGTHS; n++) {
        for (size_t a = 0; a < ALIGNMENTS; a++) {
            size_t b = random_below(ALIGNMENTS), shift = random_below(70);
            fill();
            copies &= pith_memcpy(ours + a, from + b, n) == ours + a && (memcpy(theirs + a, from + b, n), true) &&
                      memcmp(ours, theirs, ROOM) == 0;
            moves &= pith_memmove(ours + a + shift, ours + a, n) == ours + a + shift;
            memmove(theirs + a + shift, theirs + a, n);
            moves &= memcmp(ours, theirs, ROOM) == 0;
            pith_memmove(ours + a, ours + a + shift, n);
            memmove(theirs + a, theirs + a + shift, n);
            moves &= memcmp(ours, theirs, ROOM) == 0;
            pith_memset(ours + a, (int)n, n);
            memset(theirs + a, (int)n, n);
            sets &= memcmp(ours, theirs, ROOM) == 0;
            memcpy(ours + a, from + b, n);
            if (n > 0) ours[a + random_below(n)] ^= (unsigned char)random_below(3);
            compares &= sign(pith_memcmp(ours + a, from + b, n)) == sign(memcmp(ours + a, from + b, n));
            finds &= pith_memchr(from + a, from[b], n) == memchr(from + a, from[b], n);
        }
    }
    ok(copies, "memcpy copies that and no more");
    ok(moves, "memmove moves both ways over itself");
    ok(sets, "memset sets that and no more");
    ok(compares, "memcmp finds the first difference, as bytes without sign");
    ok(finds, "memchr finds the first byte, or none");

    ok(pith_strlen("") == 0 && pith_strlen("abc") == 3, "strlen");
    ok(pith_strnlen("abc", 2) == 2 && pith_strnlen("abc", 9) == 3, "strnlen stops at the cap");
    ok(pith_strcmp("a", "b") < 0 && pith_strcmp("b", "a") > 0 && pith_strcmp("a", "a") == 0 &&
           pith_strcmp("\xff", "a") > 0,
       "strcmp goes by bytes without sign");
    ok(pith_strncmp("abcX", "abcY", 3) == 0 && pith_strncmp("ab", "abc", 9) < 0,
       "strncmp looks at no more than it may");
    const char *text = "a/b/c";
    ok(pith_strchr(text, '/') == text + 1 && pith_strchr(text, 'x') == NULL && pith_strchr(text, 0) == text + 5,
       "strchr finds the first, and the end");
    return done();
}
