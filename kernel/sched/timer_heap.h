// Deadlines, earliest first: a pairing heap whose nodes live in what is timed. Pure.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct timer_node {
    struct timer_node *child; // first of those with later deadlines below it
    struct timer_node *next; // sibling
    struct timer_node *previous; // sibling before, or parent of the first child; null for the root
    uint64_t deadline_ns;
};

/// The tree: null when empty, else the node with the earliest deadline.
struct timer_heap {
    struct timer_node *root;
};

void timer_heap_insert(struct timer_heap *heap, struct timer_node *node, uint64_t deadline_ns);
/// Takes out a node that is in the heap.
void timer_heap_remove(struct timer_heap *heap, struct timer_node *node);
