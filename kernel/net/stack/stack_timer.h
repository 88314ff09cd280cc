// A moment at which something of the stack's own is to be done (stack.h: stack_arm).
#pragma once

#include "sched/timer_heap.h"

struct net_stack;

/// All zero: not armed.
struct stack_timer {
    struct timer_node node;
    void (*fire)(struct net_stack *stack, struct stack_timer *timer);
    bool is_armed;
};
