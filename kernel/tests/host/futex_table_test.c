// Waiters on words of memory: who is woken, who is moved, and all of it against a plain list.

#include "random.h"
#include "tap.h"
#include "proc/futex_table.h"
#include <string.h>

enum { WAITERS = 64, KEYS = 5, ROUNDS = 20000 };
#define ANY UINT32_MAX

static struct futex_table table;
static struct futex_waiter waiters[WAITERS];

static void add(struct futex_waiter *w, const struct futex_key *key, uint32_t bits) {
    *w = (struct futex_waiter){.key = *key, .bits = bits};
    futex_table_add(&table, w);
}

static void test_waking(void) {
    const struct futex_key a = {.offset = 0x1000}, b = {.offset = 0x1004},
                           same_offset = {.object = &table, .offset = 0x1000};
    futex_table_init(&table);
    add(&waiters[0], &a, 1);
    add(&waiters[1], &a, 2);
    add(&waiters[2], &b, ANY);
    add(&waiters[3], &same_offset, ANY);
    ok(futex_table_take(&table, &a, 2) == &waiters[1] && waiters[1].woken, "the first whose bits meet is woken");
    ok(futex_table_take(&table, &a, ANY) == &waiters[0] && !futex_table_take(&table, &a, ANY), "each is woken once");
    ok(futex_table_take(&table, &same_offset, ANY) == &waiters[3], "an object's word is not the word of that address");
    futex_table_remove(&waiters[2]);
    ok(!futex_table_take(&table, &b, ANY) && !waiters[2].woken, "who has given up is not woken");
}

static void test_moving(void) {
    const struct futex_key a = {.offset = 0x2000}, b = {.offset = 0x3000};
    futex_table_init(&table);
    for (int i = 0; i < 6; i++) add(&waiters[i], &a, ANY);
    ok(futex_table_move(&table, &a, &b, 4) == 4, "so many are moved as are asked for");
    bool in_order = true;
    for (int i = 0; i < 4; i++) in_order &= futex_table_take(&table, &b, ANY) == &waiters[i];
    ok(in_order && !futex_table_take(&table, &b, ANY), "those that have waited longest, in their order");
    ok(futex_table_move(&table, &a, &a, 9) == 2 && futex_table_take(&table, &a, ANY) == &waiters[4],
       "to where they are they are counted, and stay");
}

/// Keys in one bucket too: all steps are compared with a list of who waits where, in the order in which they came.
static void test_against_list(void) {
    static int order[WAITERS], waits_at[WAITERS];
    int count = 0;
    bool right = true;
    futex_table_init(&table);
    for (int round = 0; round < ROUNDS && right; round++) {
        struct futex_key keys[KEYS];
        for (int k = 0; k < KEYS; k++) keys[k] = (struct futex_key){.offset = (uint64_t)k * 4};
        int key = (int)random_below(KEYS), other = (int)random_below(KEYS);
        unsigned what = (unsigned)random_below(8);
        if (what < 4 && count < WAITERS) {
            int free = 0;
            for (int i = 0; i < count; i++) {
                if (order[i] == free) free++, i = -1;
            }
            add(&waiters[free], &keys[key], ANY);
            waits_at[free] = key;
            order[count++] = free;
        } else if (what < 7) {
            int at = 0;
            while (at < count && waits_at[order[at]] != key) at++;
            struct futex_waiter *w = futex_table_take(&table, &keys[key], ANY);
            right &= w == (at < count ? &waiters[order[at]] : NULL);
            if (at < count) memmove(order + at, order + at + 1, (size_t)(--count - at) * sizeof *order);
        } else if (key != other) {
            unsigned most = (unsigned)random_below(4), moved = 0;
            // Who is moved comes behind those that wait there already.
            for (int at = 0, left = count; left > 0; left--) {
                if (waits_at[order[at]] != key || moved == most) {
                    at++;
                    continue;
                }
                int who = order[at];
                memmove(order + at, order + at + 1, (size_t)(count - 1 - at) * sizeof *order);
                order[count - 1] = who;
                waits_at[who] = other;
                moved++;
            }
            right &= futex_table_move(&table, &keys[key], &keys[other], most) == moved;
        }
    }
    ok(right, "whatever is added, woken and moved, the one that waited longest is next");
}

int main(void) {
    test_waking();
    test_moving();
    test_against_list();
    return done();
}
