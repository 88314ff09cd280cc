// Sets of numbers kept as runs, against a table of bits.

#include "mem/runs.h"
#include "random.h"
#include "tap.h"
#include <string.h>

enum { NUMBERS = 400, ROUNDS = 20000 };

static bool table[NUMBERS];

/// The next run of the table from `from` on; false if there is none.
static bool next(uint64_t from, uint64_t *start, uint64_t *count) {
    while (from < NUMBERS && !table[from]) from++;
    *start = from;
    for (*count = 0; from < NUMBERS && table[from]; from++) *count += 1;
    return *count > 0;
}

static bool has(uint64_t start, uint64_t count, bool wanted) {
    for (uint64_t i = start; i < start + count; i++) {
        if (table[i] == wanted) return true;
    }
    return false;
}

int main(void) {
    struct runs runs = {0};
    bool changes = true, walks = true;
    uint64_t total = 0;
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t start = random_below(NUMBERS), count = 1 + random_below(NUMBERS - start < 12 ? NUMBERS - start : 12);
        bool adds = random_below(2);
        bool fits = !has(start, count, adds);
        int result = adds ? runs_add(&runs, start, count) : runs_remove(&runs, start, count);
        changes &= (result == 0) == fits;
        if (result == 0) {
            for (uint64_t i = start; i < start + count; i++) table[i] = adds;
            total = adds ? total + count : total - count;
        }
        changes &= runs.total == total;
        uint64_t at, length, expected_at, expected_length;
        for (uint64_t from = 0; from <= NUMBERS; from += 7) {
            bool is_there = next(from, &expected_at, &expected_length);
            walks &= runs_from(&runs, from, &at, &length) == is_there;
            walks &= !is_there || (at == expected_at && length == expected_length);
        }
    }
    ok(changes, "a run is added if none of it is there, and removed if all of it is");
    ok(walks, "from any number on the next run is found, and what of it is not below");
    runs_clear(&runs);
    uint64_t at, length;
    ok(!runs_from(&runs, 0, &at, &length) && !runs.root, "an empty set has none");
    return done();
}
