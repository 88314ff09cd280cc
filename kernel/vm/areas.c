// The areas of an address space: a sorted array, split and joined.

#include "vm/areas.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/heap.h"

/// As many as Linux allows (vm.max_map_count).
enum { MOST_AREAS = 65530 };

size_t areas_from(const struct areas *s, uint64_t address) {
    size_t low = 0, high = s->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (s->items[middle].end <= address) low = middle + 1;
        else high = middle;
    }
    return low;
}

struct area *areas_find(const struct areas *s, uint64_t address) {
    size_t i = areas_from(s, address);
    return i < s->count && s->items[i].start <= address ? &s->items[i] : NULL;
}

static int reserve(struct areas *s, size_t more) {
    if (s->count + more > MOST_AREAS) return -ENOMEM;
    if (s->count + more <= s->capacity) return 0;
    size_t capacity = s->capacity ? s->capacity * 2 : 32;
    struct area *larger = krealloc(s->items, capacity * sizeof *larger);
    if (!larger) return -ENOMEM;
    s->items = larger;
    s->capacity = capacity;
    return 0;
}

static void put(struct areas *s, size_t at, const struct area *area) {
    memmove(&s->items[at + 1], &s->items[at], (s->count - at) * sizeof *s->items);
    s->items[at] = *area;
    s->count++;
    if (area->object) s->retain(area->object);
}

static void take(struct areas *s, size_t at) {
    void *object = s->items[at].object;
    memmove(&s->items[at], &s->items[at + 1], (s->count - at - 1) * sizeof *s->items);
    s->count--;
    if (object) s->release(object);
}

/// Splits the area that has `address` inside of it. Needs room for one more.
static void split(struct areas *s, uint64_t address) {
    size_t at = areas_from(s, address);
    if (at == s->count || s->items[at].start >= address) return;
    struct area upper = s->items[at];
    upper.start = address;
    upper.offset += address - s->items[at].start;
    s->items[at].end = address;
    put(s, at + 1, &upper);
}

static bool alike(const struct area *a, const struct area *b) {
    return a->end == b->start && a->object == b->object && a->prot == b->prot && a->flags == b->flags &&
           (!a->object || a->offset + (a->end - a->start) == b->offset);
}

/// Joins area `at` with the one behind it, if they are alike.
static bool join(struct areas *s, size_t at) {
    if (at + 1 >= s->count || !alike(&s->items[at], &s->items[at + 1])) return false;
    s->items[at].end = s->items[at + 1].end;
    take(s, at + 1);
    return true;
}

int areas_add(struct areas *s, const struct area *area) {
    int result = reserve(s, 1);
    if (result != 0) return result;
    size_t at = areas_from(s, area->start);
    put(s, at, area);
    join(s, at);
    if (at > 0) join(s, at - 1);
    return 0;
}

int areas_remove(struct areas *s, uint64_t start, uint64_t end) {
    int result = reserve(s, 2);
    if (result != 0) return result;
    split(s, start);
    split(s, end);
    size_t at = areas_from(s, start);
    while (at < s->count && s->items[at].start < end) take(s, at);
    return 0;
}

int areas_protect(struct areas *s, uint64_t start, uint64_t end, unsigned prot) {
    int result = reserve(s, 2);
    if (result != 0) return result;
    split(s, start);
    split(s, end);
    size_t at = areas_from(s, start), first = at;
    for (; at < s->count && s->items[at].start < end; at++) s->items[at].prot = (uint8_t)prot;
    for (size_t i = at; i-- > (first > 0 ? first - 1 : 0);) join(s, i);
    return 0;
}

bool areas_cover(const struct areas *s, uint64_t start, uint64_t end) {
    for (size_t i = areas_from(s, start); start < end; i++) {
        if (i == s->count || s->items[i].start > start) return false;
        start = s->items[i].end;
    }
    return true;
}

int areas_gap(const struct areas *s, uint64_t low, uint64_t high, uint64_t size, uint64_t *start) {
    if (size == 0 || high < low || size > high - low) return -ENOMEM;
    size_t i = areas_from(s, high - 1);
    uint64_t top = high;
    if (i < s->count && s->items[i].start < high) top = s->items[i].start;
    for (;;) {
        uint64_t bottom = i > 0 ? s->items[i - 1].end : 0;
        if (bottom < low) bottom = low;
        if (top >= bottom && top - bottom >= size) {
            *start = top - size;
            return 0;
        }
        if (i == 0 || bottom == low) return -ENOMEM;
        top = s->items[--i].start;
    }
}
