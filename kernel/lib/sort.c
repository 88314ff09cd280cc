// Heapsort: its worst case is its usual case, which matters where the order comes from a file.

#include "lib/sort.h"
#include "lib/string.h"

static void swap(char *a, char *b, size_t size) {
    char t[64];
    memcpy(t, a, size);
    memcpy(a, b, size);
    memcpy(b, t, size);
}

/// Lets the item at `at` sink below those that go behind it, in a heap of `count`.
static void sink(char *items, size_t at, size_t count, size_t size, bool (*before)(const void *, const void *)) {
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && before(items + child * size, items + (child + 1) * size)) child++;
        if (!before(items + at * size, items + child * size)) return;
        swap(items + at * size, items + child * size, size);
    }
}

void sort(void *items, size_t count, size_t size, bool (*before)(const void *a, const void *b)) {
    char *base = items;
    for (size_t i = count / 2; i-- > 0;) sink(base, i, count, size, before);
    for (size_t n = count; n-- > 1;) {
        swap(base, base + n * size, size);
        sink(base, 0, n, size, before);
    }
}
