// Who waits on which word of memory. Pure: who wakes them, and how they sleep, is futex.c's business.
#pragma once

#include "lib/list.h"
#include <stdint.h>

/// What tells one word from another: its address, or for memory that may be mapped at several the object and its
/// offset.
struct futex_key {
    const void *object; // null: `offset` is an address
    uint64_t offset;
};

struct futex_waiter {
    struct list node;
    struct futex_key key;
    uint32_t bits; // it is woken by those whose bits meet these
    bool woken;
};

enum { FUTEX_BUCKETS = 256 };

struct futex_table {
    struct list buckets[FUTEX_BUCKETS];
};

void futex_table_init(struct futex_table *t);
/// Adds a waiter whose key and bits are set.
void futex_table_add(struct futex_table *t, struct futex_waiter *w);
/// Takes a waiter out that has not been woken.
void futex_table_remove(struct futex_waiter *w);
/// Takes out the waiter of `key` that has waited longest and meets `bits`, and marks it woken. Null if there is none.
struct futex_waiter *futex_table_take(struct futex_table *t, const struct futex_key *key, uint32_t bits);
/// Makes up to `most` waiters of one key wait for another. How many.
unsigned futex_table_move(struct futex_table *t, const struct futex_key *from, const struct futex_key *to,
                          unsigned most);
