// Sets of physical memory, as sorted, disjoint, page-aligned ranges.
#include "boot/ram_ranges.h"

#define PAGE 4096ull
/// Nothing above is memory: 52 bits of physical address is the most that the architecture has.
#define PHYSICAL_END (1ull << 52)

static void insert_at(struct ram_ranges *r, unsigned at, struct ram_range range) {
    if (r->count == RAM_RANGES_MAX) {
        return;
    }
    for (unsigned i = r->count; i > at; i--) {
        r->list[i] = r->list[i - 1];
    }
    r->list[at] = range;
    r->count++;
}

static void remove_at(struct ram_ranges *r, unsigned at) {
    r->count--;
    for (unsigned i = at; i < r->count; i++) {
        r->list[i] = r->list[i + 1];
    }
}

/// The end of a range, without overflow.
static uint64_t end_of(uint64_t start, uint64_t size) {
    uint64_t end;
    return __builtin_add_overflow(start, size, &end) || end > PHYSICAL_END ? PHYSICAL_END : end;
}

void ram_ranges_add(struct ram_ranges *r, uint64_t start, uint64_t size) {
    struct ram_range added = {.start = (start + PAGE - 1) & ~(PAGE - 1), .end = end_of(start, size) & ~(PAGE - 1)};
    if (start > PHYSICAL_END || added.start >= added.end) {
        return;
    }
    unsigned at = 0;
    while (at < r->count && r->list[at].end < added.start) {
        at++;
    }
    while (at < r->count && r->list[at].start <= added.end) {
        added.start = r->list[at].start < added.start ? r->list[at].start : added.start;
        added.end = r->list[at].end > added.end ? r->list[at].end : added.end;
        remove_at(r, at);
    }
    insert_at(r, at, added);
}

void ram_ranges_remove(struct ram_ranges *r, uint64_t start, uint64_t size) {
    uint64_t first = start & ~(PAGE - 1);
    uint64_t end = (end_of(start, size) + PAGE - 1) & ~(PAGE - 1);
    if (size == 0 || start >= PHYSICAL_END) {
        return;
    }
    for (unsigned i = 0; i < r->count;) {
        struct ram_range old = r->list[i];
        if (old.end <= first || old.start >= end) {
            i++;
            continue;
        }
        remove_at(r, i);
        if (old.start < first) {
            insert_at(r, i++, (struct ram_range){old.start, first});
        }
        if (old.end > end) {
            insert_at(r, i++, (struct ram_range){end, old.end});
        }
    }
}

uint64_t ram_ranges_covered(const struct ram_ranges *r, uint64_t start, uint64_t end) {
    uint64_t sum = 0;
    for (unsigned i = 0; i < r->count && r->list[i].start < end; i++) {
        uint64_t low = r->list[i].start > start ? r->list[i].start : start;
        uint64_t high = r->list[i].end < end ? r->list[i].end : end;
        sum += high > low ? high - low : 0;
    }
    return sum;
}
