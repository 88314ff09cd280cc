// Sets of physical memory against a plain table of pages.

#include "boot/ram_ranges.h"
#include "random.h"
#include "tap.h"
#include <stdbool.h>
#include <string.h>

enum { PAGE = 4096, PAGES = 300, ROUNDS = 20000 };

static bool model[PAGES];

static bool agrees(const struct ram_ranges *r) {
    for (unsigned i = 0; i + 1 < r->count; i++) {
        if (r->list[i].end >= r->list[i + 1].start) return false; // sorted, and what touches is joined
    }
    for (uint64_t i = 0; i < PAGES; i++) {
        if ((ram_ranges_covered(r, i * PAGE, (i + 1) * PAGE) == PAGE) != model[i]) return false;
    }
    return true;
}

int main(void) {
    struct ram_ranges r = {0};
    bool right = true;
    for (int round = 0; round < ROUNDS && right; round++) {
        uint64_t from = random_below(PAGES * PAGE), size = random_below(20 * PAGE);
        if (from + size > PAGES * PAGE) size = PAGES * PAGE - from;
        uint64_t inner = (from + PAGE - 1) / PAGE, inner_end = (from + size) / PAGE;
        uint64_t outer = from / PAGE, outer_end = (from + size + PAGE - 1) / PAGE;
        if (round % 2) {
            ram_ranges_add(&r, from, size);
            for (uint64_t i = inner; i < inner_end; i++) model[i] = true;
        } else if (size > 0) {
            ram_ranges_remove(&r, from, size);
            for (uint64_t i = outer; i < outer_end; i++) model[i] = false;
        }
        right &= agrees(&r);
    }
    ok(right, "what is added shrinks to whole pages, what is removed grows to them");

    r = (struct ram_ranges){0};
    ram_ranges_add(&r, UINT64_MAX - 10 * PAGE, UINT64_MAX);
    ram_ranges_add(&r, 100 * PAGE, UINT64_MAX);
    ok(r.count == 1 && r.list[0].start == 100 * PAGE && r.list[0].end == 1ull << 52, "nothing lies beyond 52 bits");
    ram_ranges_remove(&r, 101 * PAGE, UINT64_MAX);
    ok(r.count == 1 && r.list[0].end == 101 * PAGE, "removing to the end of everything");
    for (uint64_t i = 0; i < 100; i++) ram_ranges_add(&r, (200 + 2 * i) * PAGE, PAGE);
    ok(r.count == RAM_RANGES_MAX, "what no longer fits the table is left out");
    ok(ram_ranges_covered(&r, 0, 101 * PAGE) == PAGE, "and what was there stays");
    return done();
}
