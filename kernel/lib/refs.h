// Reference counts.
#pragma once

#include <stdbool.h>

static inline void refs_take(unsigned *refs) { __atomic_add_fetch(refs, 1, __ATOMIC_RELAXED); }

/// Gives one reference back; true for the last one.
static inline bool refs_drop(unsigned *refs) { return __atomic_sub_fetch(refs, 1, __ATOMIC_ACQ_REL) == 0; }
