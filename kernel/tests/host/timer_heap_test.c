// Timers in a heap against a plain table: the earliest is on top whatever is put in and taken out.

#include "random.h"
#include "tap.h"
#include "sched/timer_heap.h"

enum { NODES = 300, ROUNDS = 60000 };

static struct timer_node nodes[NODES];
static bool in_heap[NODES];

static uint64_t earliest(void) {
    uint64_t best = UINT64_MAX;
    for (int i = 0; i < NODES; i++) {
        if (in_heap[i] && nodes[i].deadline_ns < best) best = nodes[i].deadline_ns;
    }
    return best;
}

int main(void) {
    struct timer_heap heap = {0};
    bool right = true;
    for (int round = 0; round < ROUNDS; round++) {
        int i = (int)random_below(NODES);
        if (in_heap[i]) timer_heap_remove(&heap, &nodes[i]);
        else timer_heap_insert(&heap, &nodes[i], random_below(round % 2 ? 50 : UINT64_MAX));
        in_heap[i] = !in_heap[i];
        right &= (heap.root ? heap.root->deadline_ns : UINT64_MAX) == earliest();
    }
    ok(right, "the root has the earliest deadline after every change");

    uint64_t last = 0;
    bool sorted = true;
    int taken = 0, left = 0;
    for (int i = 0; i < NODES; i++) left += in_heap[i];
    for (; heap.root; taken++) {
        struct timer_node *node = heap.root;
        sorted &= node->deadline_ns >= last;
        last = node->deadline_ns;
        timer_heap_remove(&heap, node);
    }
    ok(sorted, "taken one after the other they come in order");
    ok(taken == left, "none is lost");
    return done();
}
