// A line that grows in a buffer, at its end most of all.

#include "lib/bounded_line.h"
#include "tap.h"
#include <stdlib.h>
#include <string.h>

static void growing(void) {
    char buffer[32];
    struct bounded_line l = bounded_line_in(buffer, sizeof buffer);
    ok(l.length == 0 && strcmp(buffer, "") == 0, "a line begins empty");
    bounded_line_add(&l, "%d files", 3);
    bounded_line_add(&l, ", %s", "all read");
    bounded_line_end(&l);
    ok(strcmp(buffer, "3 files, all read\n") == 0 && l.length == strlen(buffer),
       "pieces follow each other, and a line's end");
}

/// Each size of buffer, with what does not fit into any: the sanitizer watches its end.
static void cutting(void) {
    bool is_cut = true, ends = true, stays = true;
    for (size_t cap = 2; cap < 40; cap++) {
        char *buffer = malloc(cap), expected[64] = "";
        struct bounded_line l = bounded_line_in(buffer, cap);
        for (int i = 0; i < 5; i++) bounded_line_add(&l, "piece-%d.", i);
        strncat(expected, "piece-0.piece-1.piece-2.piece-3.piece-4.", cap - 1);
        is_cut &= strcmp(buffer, expected) == 0 && l.length == cap - 1;
        bounded_line_add(&l, "%s", "");
        bounded_line_add(&l, "more");
        stays &= strcmp(buffer, expected) == 0 && l.length == cap - 1;
        bounded_line_end(&l);
        ends &= l.length == cap - 1 && buffer[cap - 2] == '\n' && strncmp(buffer, expected, cap - 2) == 0 &&
                buffer[cap - 1] == '\0';
        free(buffer);
    }
    ok(is_cut, "what does not fit is cut off where the buffer ends");
    ok(stays, "a full line takes no more");
    ok(ends, "its line ends all the same");
}

int main(void) {
    growing();
    cutting();
    return done();
}
