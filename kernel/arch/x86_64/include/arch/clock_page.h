// What the program's own clock needs of the kernel's: one page that the vDSO reads and the kernel writes.
#pragma once

#include <stdint.h>

/// While `version` is odd, or when it has changed meanwhile, what was read of the rest is not to be used.
/// clock_ns() is base_ns + (TSC - base_tsc) * scale / 2^32.
struct clock_page {
    uint32_t version, unused;
    uint64_t base_tsc, base_ns, scale;
    uint64_t date_ns; // nanoseconds since 1970 when clock_ns() was 0
};
