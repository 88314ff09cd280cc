// Deadlines, earliest first: a pairing heap (Fredman, Sedgewick, Sleator and Tarjan, 1986). Inserting costs a
// comparison, taking the earliest a logarithm of comparisons on average, and no memory is ever allocated.
#include "sched/timer_heap.h"

#include <stddef.h>

/// Makes the later of two roots the first child of the other.
static struct timer_node *meld(struct timer_node *a, struct timer_node *b) {
    if (a == NULL || b == NULL) {
        return a == NULL ? b : a;
    }
    if (b->deadline_ns < a->deadline_ns) {
        struct timer_node *earlier = b;
        b = a;
        a = earlier;
    }
    b->next = a->child;
    if (b->next != NULL) {
        b->next->previous = b;
    }
    b->previous = a;
    a->child = b;
    return a;
}

/// Joins siblings to one tree: in pairs from the left, then the pairs from the right.
static struct timer_node *join(struct timer_node *first) {
    struct timer_node *pairs = NULL; // chained by next, the rightmost first
    while (first != NULL) {
        struct timer_node *a = first;
        struct timer_node *b = a->next;
        first = b == NULL ? NULL : b->next;
        a->next = a->previous = NULL;
        if (b != NULL) {
            b->next = b->previous = NULL;
        }
        struct timer_node *pair = meld(a, b);
        pair->next = pairs;
        pairs = pair;
    }
    struct timer_node *root = NULL;
    while (pairs != NULL) {
        struct timer_node *rest = pairs->next;
        pairs->next = NULL;
        root = meld(root, pairs);
        pairs = rest;
    }
    return root;
}

void timer_heap_insert(struct timer_heap *heap, struct timer_node *node, uint64_t deadline_ns) {
    *node = (struct timer_node){.deadline_ns = deadline_ns};
    heap->root = meld(heap->root, node);
}

void timer_heap_remove(struct timer_heap *heap, struct timer_node *node) {
    struct timer_node *below = join(node->child);
    if (node == heap->root) {
        heap->root = below;
    } else {
        if (node->previous->child == node) {
            node->previous->child = node->next;
        } else {
            node->previous->next = node->next;
        }
        if (node->next != NULL) {
            node->next->previous = node->previous;
        }
        heap->root = meld(heap->root, below);
    }
    *node = (struct timer_node){.deadline_ns = node->deadline_ns};
}
