// Who gets the last pages: caches spare some for the kernel, the program may have nearly all.

#include "mem/phys.h"
#include "mem/reclaim.h"
#include "tap.h"

enum { ALL = 12000, SPARED = 1000, LAST = 32 };

/// Pages that are free, and those that a cache could give back.
static uint64_t free_now, cached;
static unsigned asked;

uint64_t phys_total_pages(void) { return ALL; }
uint64_t phys_free_pages(void) { return free_now; }
uint64_t phys_alloc(unsigned order) { return free_now -= 1u << order, 4096; }
uint64_t phys_alloc_zeroed(void) { return phys_alloc(0); }

static uint64_t evict(uint64_t want) {
    asked++;
    uint64_t n = want < cached ? want : cached;
    cached -= n;
    free_now += n;
    return n;
}

int main(void) {
    free_now = ALL;
    ok(reclaim_page(false) != 0 && free_now == ALL - 1, "without a cache there is what is free");
    reclaim_set_source(evict);
    unsigned read = 0;
    for (; read < 50000 && reclaim_page(false) != 0; read++) cached++;
    ok(read == 50000 && free_now >= SPARED - 64, "a cache can go on for ever, and a part stays free");
    asked = 0;
    for (int i = 0; i < 20; i++) reclaim_spare();
    ok(asked == 0, "as long as it does no cache is asked");
    free_now = 100; // what the kernel took for itself
    reclaim_spare();
    ok(free_now >= SPARED, "what the kernel has taken is free again before the next call");
    uint64_t taken = 0;
    while (reclaim_page(true) != 0) taken++;
    ok(free_now == LAST && cached == 0, "the program may have all but the last");
    ok(taken > 10000, "and what was cached");
    asked = 0;
    free_now = SPARED - 1;
    while (reclaim_page(true) != 0) {
    }
    ok(free_now == LAST && asked < 30, "a cache that has nothing to give is not asked each time");
    cached = 100;
    ok(reclaim_page(true) != 0 && cached < 100, "but when nothing else is left");
    return done();
}
