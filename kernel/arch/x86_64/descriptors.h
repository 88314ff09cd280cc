// The processor's tables: segments, task state, interrupt gates.
#pragma once

#include <stdint.h>

/// Loads all of them, and points %gs at this processor's block.
void descriptors_init(void);
