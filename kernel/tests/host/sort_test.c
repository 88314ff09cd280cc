// Sorting, with every small permutation, with equal items, and with items of a file's extents' size.

#include "lib/sort.h"
#include "random.h"
#include "tap.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct item {
    uint64_t key, more[4];
};

static bool by_key(const void *a, const void *b) {
    return ((const struct item *)a)->key < ((const struct item *)b)->key;
}

/// Sorts `count` items with keys below `limit`; whether they come out in order, each with what belongs to it, none
/// lost.
static bool sorts(size_t count, uint64_t limit) {
    struct item *items = malloc(count * sizeof *items + 1);
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        items[i].key = random_below(limit);
        for (int k = 0; k < 4; k++) items[i].more[k] = ~items[i].key;
        sum += items[i].key * items[i].key;
    }
    sort(items, count, sizeof *items, by_key);
    bool good = true;
    for (size_t i = 0; i < count; i++) {
        good &= i == 0 || items[i - 1].key <= items[i].key;
        good &= items[i].more[0] == ~items[i].key && items[i].more[3] == ~items[i].key;
        sum -= items[i].key * items[i].key;
    }
    free(items);
    return good && sum == 0;
}

int main(void) {
    bool small = true, equal = true;
    for (size_t n = 0; n < 40; n++) {
        for (int round = 0; round < 50; round++) {
            small &= sorts(n, 1000);
            equal &= sorts(n, 3);
        }
    }
    ok(small, "a few items, also none and one");
    ok(equal, "items that are equal");
    ok(sorts(100000, UINT64_MAX), "a hundred thousand items");
    return done();
}
