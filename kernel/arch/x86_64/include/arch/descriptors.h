// The processor's tables: segments, task state, interrupt gates.
#pragma once

#include <stdint.h>

/// Loads all of them, and points %gs at this processor's block.
void descriptors_init(void);

/// Where traps from the program start: the top of the current thread's kernel stack.
void descriptors_set_kernel_stack(uint64_t top);
