// Radix trees: from 64-bit keys to pointers, 6 bits a level, as deep as the largest key needs.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct radix_node;

/// All zeros is an empty tree.
struct radix {
    struct radix_node *root;
    unsigned levels;
};

void *radix_get(const struct radix *r, uint64_t key);
/// Sets the pointer of a key. 0 or -ENOMEM.
int radix_set(struct radix *r, uint64_t key, void *value);
/// Removes a key and gives the pointer that it had, or null.
void *radix_remove(struct radix *r, uint64_t key);
/// The first pointer whose key is at least `*key`, which becomes that key; null if there is none.
void *radix_next(const struct radix *r, uint64_t *key);
