// The clock page of Xen and KVM, by which a guest knows how fast its TSC runs. Pure.
#pragma once

#include <stdbool.h>
#include <stdint.h>

/// Nanoseconds are system_ns + ((TSC - tsc) shifted left by `shift`) * multiplier / 2^32. While `version` is odd, or
/// when it has changed meanwhile, what was read is not to be used.
struct pvclock {
    uint32_t version, unused;
    uint64_t tsc, system_ns;
    uint32_t multiplier;
    int8_t shift;
    uint8_t flags, more_unused[2];
};

/// A copy that belongs together. False if the page never holds still.
bool pvclock_read(const volatile struct pvclock *page, struct pvclock *copy);
/// Ticks a second; 0 if the page makes no sense.
uint64_t pvclock_hz(const struct pvclock *c);
/// What time it is, on the hypervisor's scale, when the TSC says `tsc`.
uint64_t pvclock_ns(const struct pvclock *c, uint64_t tsc);
