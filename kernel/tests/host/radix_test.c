// Radix trees against a plain table, with keys from all over the 64 bits, and when memory runs out.

#include "heap_on_host.h"
#include "mem/radix.h"
#include "random.h"
#include "tap.h"

enum { KEYS = 600, ROUNDS = 40000 };

static uint64_t keys[KEYS];
static void *values[KEYS];

static void make_keys(void) {
    for (int i = 0; i < KEYS; i++) {
        keys[i] = i < KEYS / 2 ? random_below(5000) : random_number() >> random_below(64);
        for (int k = 0; k < i; k++) {
            if (keys[k] == keys[i]) {
                i--;
                break;
            }
        }
    }
}

static void *lowest_from(uint64_t from, uint64_t *key) {
    void *found = NULL;
    for (int i = 0; i < KEYS; i++) {
        if (!values[i] || keys[i] < from || (found && keys[i] >= *key)) continue;
        *key = keys[i];
        found = values[i];
    }
    return found;
}

static bool agrees(const struct radix *r, uint64_t from) {
    uint64_t ours = from, theirs = from;
    void *found = radix_next(r, &ours);
    return found == lowest_from(from, &theirs) && (!found || ours == theirs);
}

static void random_changes(struct radix *r) {
    bool got = true, removed = true, walked = true;
    for (int round = 0; round < ROUNDS; round++) {
        int i = (int)random_below(KEYS);
        got &= radix_get(r, keys[i]) == values[i];
        if (values[i]) {
            removed &= radix_remove(r, keys[i]) == values[i] && radix_get(r, keys[i]) == NULL;
            values[i] = NULL;
        } else {
            values[i] = &keys[random_below(KEYS)];
            removed &= radix_set(r, keys[i], values[i]) == 0;
        }
        if (round % 16 == 0) walked &= agrees(r, random_below(2) ? keys[i] : random_number());
    }
    ok(got, "a key gives what was set, or nothing");
    ok(removed, "removing gives what there was");
    ok(walked && agrees(r, 0), "the next key is the lowest that is not below");
    for (int i = 0; i < KEYS; i++) radix_remove(r, keys[i]);
    ok(r->root == NULL && heap_blocks == 0, "an emptied tree holds no memory");
}

static void without_memory(void) {
    bool kept = true, refused = false, returned = true;
    for (long n = 0; n < 12; n++) {
        struct radix r = {0};
        radix_set(&r, 5, &keys);
        heap_fails_after = n;
        int result = radix_set(&r, UINT64_MAX - 5, &values);
        heap_fails_after = -1;
        refused |= result < 0;
        kept &= radix_get(&r, 5) == &keys && radix_get(&r, UINT64_MAX - 5) == (result == 0 ? &values : NULL);
        radix_remove(&r, 5);
        if (result == 0) radix_remove(&r, UINT64_MAX - 5);
        returned &= heap_blocks == 0;
        heap_fails_after = n;
        if (radix_set(&r, UINT64_MAX, &values) == 0) radix_remove(&r, UINT64_MAX);
        heap_fails_after = -1;
        returned &= heap_blocks == 0 && !r.root;
    }
    ok(refused && kept, "without memory a key is refused, and what was there stays");
    ok(returned, "what a refused key had begun is given back");
}

int main(void) {
    struct radix r = {0};
    uint64_t key = 0;
    ok(radix_get(&r, 0) == NULL && radix_next(&r, &key) == NULL && radix_remove(&r, 7) == NULL,
       "an empty tree has nothing");
    radix_set(&r, UINT64_MAX, &r);
    ok(radix_get(&r, UINT64_MAX) == &r && radix_next(&r, &key) == &r && key == UINT64_MAX, "the largest key is a key");
    radix_remove(&r, UINT64_MAX);
    make_keys();
    random_changes(&r);
    without_memory();
    return done();
}
