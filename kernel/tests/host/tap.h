// Test output in TAP: `ok(claim, sentence)` for each claim, `done()` at the end of main.
#pragma once

#include <stdbool.h>
#include <stdio.h>

static int tap_count, tap_failed;

#define ok(claim, sentence) tap_ok(claim, sentence, __FILE__, __LINE__)

static inline bool tap_ok(bool claim, const char *sentence, const char *file, int line) {
    printf("%s %d - %s\n", claim ? "ok" : "not ok", ++tap_count, sentence);
    if (!claim) {
        printf("# at %s:%d\n", file, line);
        tap_failed++;
    }
    fflush(stdout); // a sanitizer that ends the program must not take the last lines with it
    return claim;
}

static inline int done(void) {
    printf("1..%d\n", tap_count);
    return tap_failed ? 1 : 0;
}
