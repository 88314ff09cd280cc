// format_text against the C library's snprintf, and at the ends of its buffer.

#include "lib/format.h"
#include "tap.h"
#include <limits.h>
#include <string.h>

/// What format_text makes of the arguments, and that the C library agrees about text and length.
#define same(sentence, ...)                                                                                            \
    do {                                                                                                               \
        char ours[256], theirs[256];                                                                                   \
        int n = format_text(ours, sizeof ours, __VA_ARGS__);                                                           \
        int m = snprintf(theirs, sizeof theirs, __VA_ARGS__);                                                          \
        if (!ok(n == m && strcmp(ours, theirs) == 0, sentence)) printf("# %s, not %s\n", ours, theirs);                \
    } while (0)

static void integers(void) {
    same("signed numbers of every size", "%hhd %hd %d %ld %lld %zd", (char)-5, (short)-300, -70000, LONG_MIN, LLONG_MAX,
         (ssize_t)-1);
    same("unsigned numbers of every size", "%hhu %hu %u %lu %llu %zu", (unsigned char)255, (unsigned short)65535,
         UINT_MAX, ULONG_MAX, 0ull, (size_t)-1);
    same("hexadecimal numbers", "%x %X %lx %llX", 0xbeefu, 0xbeefu, 0ul, 0xfedcba9876543210ull);
    same("a width, with blanks, zeros, and to the left", "[%6d][%06d][%-6d][%*d]", -42, -42, -42, 7, 42);
    same("a negative width from an argument means the left", "[%*d]", -6, 42);
    same("a precision for numbers fills with zeros", "[%.5d][%8.3x][%.1d]", 42, 10u, 12);
    same("the smallest and the largest integer", "%d %d", INT_MIN, INT_MAX);
}

static void texts(void) {
    same("text with a width and a precision", "[%s][%8s][%-8s][%.3s][%8.2s]", "text", "text", "text", "text", "text");
    same("a precision beyond the text", "[%.50s]", "text");
    same("characters", "[%c][%3c][%-3c]", 'a', 'b', 'c');
    same("a percent sign", "100%%");

    char unterminated[4] = {'a', 'b', 'c', 'd'}, ours[16];
    format_text(ours, sizeof ours, "%.4s", unterminated);
    ok(strcmp(ours, "abcd") == 0, "with a precision the text needs no end");
    const char *volatile none = NULL;
    format_text(ours, sizeof ours, "%s", none);
    ok(strcmp(ours, "(null)") == 0, "a null pointer is shown as such");
    format_text(ours, sizeof ours, "%p", (void *)0x1234);
    ok(strcmp(ours, "0x1234") == 0, "pointers are hexadecimal");
}

static void bounds(void) {
    char room[8];
    memset(room, '#', sizeof room);
    int n = format_text(room, 4, "%d", 123456);
    ok(n == 6 && memcmp(room, "123\0####", 8) == 0, "what does not fit is cut, and the whole length is told");
    ok(format_text(room, 1, "text") == 4 && room[0] == '\0', "room for the end alone");
    ok(format_text(NULL, 0, "text %d", 5) == 6, "no room at all");
    const char *unfinished = "50%";
    n = format_text(room, sizeof room, unfinished, 0);
    ok(n == 2 && strcmp(room, "50") == 0, "a format that ends inside a conversion ends there");
}

int main(void) {
    integers();
    texts();
    bounds();
    return done();
}
