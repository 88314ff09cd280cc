// Reference counts.
#pragma once

#include <stdbool.h>

static inline void refs_take(unsigned *refs) { __atomic_add_fetch(refs, 1, __ATOMIC_RELAXED); }

/// Gives one reference back; true for the last one.
static inline bool refs_drop(unsigned *refs) { return __atomic_sub_fetch(refs, 1, __ATOMIC_ACQ_REL) == 0; }

/// Takes a reference to something that may be on its way out: false if its last one is gone.
static inline bool refs_take_living(unsigned *refs) {
    unsigned n = __atomic_load_n(refs, __ATOMIC_RELAXED);
    while (n > 0) {
        if (__atomic_compare_exchange_n(refs, &n, n + 1, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) return true;
    }
    return false;
}
