// The areas of an address space against a plain table of pages, under random changes; and the places that are chosen.

#include "heap_on_host.h"
#include "vm/areas.h"
#include "mem/heap.h"
#include "random.h"
#include "tap.h"
#include <string.h>

enum { PAGE = 4096, PAGES = 200, ROUNDS = 20000 };

/// What a page of the model is mapped to: an object (null: anonymous) at an offset.
struct page {
    bool mapped;
    void *object;
    uint64_t offset;
    unsigned prot;
};

static struct page model[PAGES];
static long held; // references to objects

static void retain(void *object) {
    (void)object;
    held++;
}

static void release(void *object) {
    (void)object;
    held--;
}

static struct areas areas = {.retain = retain, .release = release};

static bool page_agrees(uint64_t i) {
    const struct area *a = areas_find(&areas, i * PAGE + 5);
    if (!a || !model[i].mapped) return !a && !model[i].mapped;
    return a->object == model[i].object && a->prot == model[i].prot &&
           (!a->object || a->offset + (i * PAGE - a->start) == model[i].offset);
}

/// Every page as in the model; sorted, none empty, none over another, neighbours joined; as many references as areas.
static bool sound(void) {
    long objects = 0;
    for (uint64_t i = 0; i < PAGES; i++) {
        if (!page_agrees(i)) return false;
    }
    for (size_t i = 0; i < areas.count; i++) {
        const struct area *a = &areas.items[i];
        objects += a->object != NULL;
        if (a->start >= a->end || (i > 0 && a[-1].end > a->start)) return false;
    }
    return objects == held;
}

static void add(uint64_t from, uint64_t to, void *object, unsigned prot) {
    struct area a = {.start = from * PAGE,
                     .end = to * PAGE,
                     .object = object,
                     .offset = object ? from * PAGE : 0,
                     .prot = (uint8_t)prot};
    areas_add(&areas, &a);
    for (uint64_t i = from; i < to; i++) model[i] = (struct page){true, object, i * PAGE, prot};
}

static void take_out(uint64_t from, uint64_t to) {
    areas_remove(&areas, from * PAGE, to * PAGE);
    memset(&model[from], 0, (to - from) * sizeof *model);
}

static bool change(void) {
    static int objects[2];
    uint64_t from = random_below(PAGES - 1), to = from + 1 + random_below(PAGES - from < 30 ? PAGES - from : 30);
    unsigned prot = (unsigned)random_below(4);
    bool all = true;
    if (to > PAGES) to = PAGES;
    for (uint64_t i = from; i < to; i++) all &= model[i].mapped;
    if (areas_cover(&areas, from * PAGE, to * PAGE) != all) return false;
    switch (random_below(3)) {
    case 0:
        take_out(from, to);
        void *object = random_below(2) ? NULL : &objects[random_below(2)];
        add(from, to, object, prot);
        break;
    case 1: take_out(from, to); break;
    default:
        areas_protect(&areas, from * PAGE, to * PAGE, prot);
        for (uint64_t i = from; i < to; i++) model[i].prot = model[i].mapped ? prot : 0;
    }
    return true;
}

/// The highest free run of `n` pages in [low, high) of the model; -1 if there is none.
static long highest_gap(uint64_t low, uint64_t high, uint64_t n) {
    for (uint64_t start = high; start-- > low;) {
        if (start + n > high) continue;
        bool is_free = true;
        for (uint64_t i = start; i < start + n; i++) is_free &= !model[i].mapped;
        if (is_free) return (long)start;
    }
    return -1;
}

static bool gap_agrees(void) {
    uint64_t low = random_below(PAGES / 2), high = low + 1 + random_below(PAGES - low), n = 1 + random_below(8), start;
    if (high > PAGES) high = PAGES;
    long wanted = highest_gap(low, high, n);
    int result = areas_gap(&areas, low * PAGE, high * PAGE, n * PAGE, &start);
    return result == 0 ? wanted >= 0 && start == (uint64_t)wanted * PAGE : wanted < 0;
}

static void without_memory(void) {
    struct areas full = {.retain = retain, .release = release};
    for (uint64_t i = 0; full.count + 2 <= full.capacity || i == 0; i++) {
        struct area a = {.start = i * 4 * PAGE, .end = (i * 4 + 3) * PAGE, .prot = 1};
        areas_add(&full, &a);
    }
    size_t count = full.count;
    heap_fails_after = 0;
    bool refused = areas_remove(&full, PAGE, 2 * PAGE) < 0 && areas_protect(&full, PAGE, 2 * PAGE, 3) < 0;
    heap_fails_after = -1;
    ok(refused && full.count == count && areas_cover(&full, 0, 3 * PAGE) && areas_find(&full, PAGE)->prot == 1,
       "without memory for a split nothing is changed");
    kfree(full.items);
}

int main(void) {
    bool agreed = true, gaps = true, covered = true;
    for (int round = 0; round < ROUNDS && agreed; round++) {
        covered &= change();
        agreed &= sound();
        gaps &= gap_agrees();
    }
    ok(agreed, "every page is mapped to what was put there last, and references are counted");
    ok(covered, "a range is covered when every page of it is mapped");
    ok(gaps, "the gap that is chosen is the highest");

    take_out(0, PAGES);
    add(10, 20, NULL, 3);
    add(20, 30, NULL, 3);
    ok(areas.count == 1, "neighbours that are alike become one area");
    areas_protect(&areas, 15 * PAGE, 16 * PAGE, 1);
    bool split = areas.count == 3;
    areas_protect(&areas, 15 * PAGE, 16 * PAGE, 3);
    ok(split && areas.count == 1, "an area that was split is joined when it is the same again");
    ok(areas_find(&areas, 10 * PAGE - 1) == NULL && areas_find(&areas, 30 * PAGE) == NULL,
       "an area ends where it ends");
    uint64_t start;
    ok(areas_gap(&areas, 0, UINT64_MAX, 0, &start) < 0 && areas_gap(&areas, 9, 8, 1, &start) < 0, "no gap of no size");
    without_memory();
    take_out(0, PAGES);
    ok(held == 0, "no reference is left");
    kfree(areas.items);
    return done();
}
