// Who waits on which word of memory: a hash of lists, each in the order in which its waiters came.
#include "proc/futex_table.h"

static struct list *bucket_of(struct futex_table *t, const struct futex_key *key) {
    // Fibonacci hashing: the top bits of the product depend on all bits of the key.
    uint64_t product = ((uint64_t)(uintptr_t)key->object ^ key->offset >> 2) * 0x9e3779b97f4a7c15ull;
    return &t->buckets[product >> 56];
}
_Static_assert(FUTEX_BUCKETS == 256, "bucket_of takes eight bits");

static bool is_same(const struct futex_key *a, const struct futex_key *b) {
    return a->object == b->object && a->offset == b->offset;
}

void futex_table_init(struct futex_table *t) {
    for (unsigned i = 0; i < FUTEX_BUCKETS; i++) list_init(&t->buckets[i]);
}

void futex_table_add(struct futex_table *t, struct futex_waiter *w) {
    w->woken = false;
    list_push_back(bucket_of(t, &w->key), &w->node);
}

void futex_table_remove(struct futex_waiter *w) { list_remove(&w->node); }

struct futex_waiter *futex_table_take(struct futex_table *t, const struct futex_key *key, uint32_t bits) {
    struct list *bucket = bucket_of(t, key);
    for (struct list *node = bucket->next; node != bucket; node = node->next) {
        struct futex_waiter *w = container_of(node, struct futex_waiter, node);
        if (!is_same(&w->key, key) || !(w->bits & bits)) continue;
        list_remove(&w->node);
        w->woken = true;
        return w;
    }
    return NULL;
}

unsigned futex_table_move(struct futex_table *t, const struct futex_key *from, const struct futex_key *to,
                          unsigned most) {
    struct list *bucket = bucket_of(t, from), *target = bucket_of(t, to);
    unsigned moved = 0;
    // What is moved within one bucket comes to stand behind `last`, and is not seen again.
    struct list *last = bucket->prev;
    bool stays = is_same(from, to); // counted, as on Linux
    for (struct list *node = bucket->next, *next; node != bucket && moved < most; node = next) {
        struct futex_waiter *w = container_of(node, struct futex_waiter, node);
        bool is_last = node == last;
        next = node->next;
        if (stays) {
            moved += is_same(&w->key, from);
        } else if (is_same(&w->key, from)) {
            list_remove(&w->node);
            w->key = *to;
            list_push_back(target, &w->node);
            moved++;
        }
        if (is_last) break;
    }
    return moved;
}
