// Sets of numbers kept as runs: which sectors are free. A treap by start, each node knowing the longest run below it.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct run;

/// All zeros is an empty set.
struct runs {
    struct run *root;
    uint64_t total; // numbers in the set
    uint32_t seed;
};

/// Adds [start, start + count), joined with what lies beside it. 0; -EEXIST if a part is there already; -ENOMEM.
int runs_add(struct runs *r, uint64_t start, uint64_t count);
/// Removes [start, start + count). 0; -ENOENT, with nothing changed, if a part is not in the set; -ENOMEM.
int runs_remove(struct runs *r, uint64_t start, uint64_t count);
/// The lowest run of at least `least` numbers; false if there is none.
bool runs_find(const struct runs *r, uint64_t least, uint64_t *start, uint64_t *count);
/// The length of the longest run.
uint64_t runs_longest(const struct runs *r);
/// How long the run is that begins at `start` or holds it, counted from there; 0 if it is not in the set.
uint64_t runs_at(const struct runs *r, uint64_t start);
/// The lowest run with a number beyond or at `from`: what of it is not below. False if there is none.
bool runs_from(const struct runs *r, uint64_t from, uint64_t *start, uint64_t *count);
/// Takes out the lowest run; false if the set is empty.
bool runs_pop(struct runs *r, uint64_t *start, uint64_t *count);
void runs_clear(struct runs *r);
