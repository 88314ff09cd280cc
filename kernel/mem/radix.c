// Radix trees. A node knows how many of its slots are used and goes when the last one is emptied.

#include "mem/radix.h"
#include "lib/errno.h"
#include "mem/heap.h"
#include <stdbool.h>

enum { BITS = 6, SLOTS = 1 << BITS, MOST_LEVELS = 11 };

struct radix_node {
    void *slots[SLOTS];
    unsigned used;
};

static inline unsigned slot_at(uint64_t key, unsigned level) { return (unsigned)(key >> (level * BITS)) & (SLOTS - 1); }

static inline bool key_fits(const struct radix *r, uint64_t key) {
    return r->levels >= MOST_LEVELS || key >> (r->levels * BITS) == 0;
}

void *radix_get(const struct radix *r, uint64_t key) {
    if (!r->root || !key_fits(r, key)) return NULL;
    struct radix_node *node = r->root;
    for (unsigned level = r->levels - 1; node && level > 0; level--) node = node->slots[slot_at(key, level)];
    return node ? node->slots[slot_at(key, 0)] : NULL;
}

/// Makes the tree deep enough for a key; an empty one at once, so that a root always holds something.
static int deepen(struct radix *r, uint64_t key) {
    if (!r->root) {
        r->root = kzalloc(sizeof *r->root);
        if (!r->root) return -ENOMEM;
        for (r->levels = 1; !key_fits(r, key);) r->levels++;
    }
    while (!key_fits(r, key)) {
        struct radix_node *above = kzalloc(sizeof *above);
        if (!above) return -ENOMEM;
        above->slots[0] = r->root;
        above->used = 1;
        r->root = above;
        r->levels++;
    }
    return 0;
}

/// Frees the nodes of the path to `key`, given from level `from` up, that are empty.
static void prune(struct radix *r, uint64_t key, struct radix_node *const *path, unsigned from) {
    for (unsigned level = from; level < r->levels; level++) {
        if (path[level]->used > 0) return;
        kfree(path[level]);
        if (level + 1 == r->levels) break;
        path[level + 1]->slots[slot_at(key, level + 1)] = NULL;
        path[level + 1]->used--;
    }
    r->root = NULL;
    r->levels = 0;
}

int radix_set(struct radix *r, uint64_t key, void *value) {
    struct radix_node *path[MOST_LEVELS];
    int result = deepen(r, key);
    if (result != 0) return result;
    struct radix_node *node = r->root;
    for (unsigned level = r->levels - 1; level > 0; level--) {
        void **slot = &node->slots[slot_at(key, level)];
        path[level] = node;
        if (!*slot) {
            *slot = kzalloc(sizeof *node);
            if (!*slot) {
                prune(r, key, path, level);
                return -ENOMEM;
            }
            node->used++;
        }
        node = *slot;
    }
    void **slot = &node->slots[slot_at(key, 0)];
    if (!*slot) node->used++;
    *slot = value;
    return 0;
}

void *radix_remove(struct radix *r, uint64_t key) {
    struct radix_node *path[MOST_LEVELS];
    if (!r->root || !key_fits(r, key)) return NULL;
    struct radix_node *node = r->root;
    for (unsigned level = r->levels; level-- > 0;) {
        if (!node) return NULL;
        path[level] = node;
        node = node->slots[slot_at(key, level)];
    }
    void *value = node;
    if (!value) return NULL;
    path[0]->slots[slot_at(key, 0)] = NULL;
    path[0]->used--;
    prune(r, key, path, 0);
    return value;
}

void *radix_next(const struct radix *r, uint64_t *key) {
    while (r->root && key_fits(r, *key)) {
        struct radix_node *node = r->root;
        unsigned level = r->levels - 1;
        for (; level > 0; level--) {
            struct radix_node *below = node->slots[slot_at(*key, level)];
            if (!below) break;
            node = below;
        }
        void *found = node->slots[slot_at(*key, level)];
        if (level == 0 && found) return found;
        // Nothing under this slot: on to the next one of the same node, which may carry into the one above.
        uint64_t step = (uint64_t)1 << (level * BITS);
        uint64_t next = (*key & ~(step - 1)) + step;
        if (next == 0) return NULL;
        *key = next;
    }
    return NULL;
}
