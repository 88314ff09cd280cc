// Time. Both clocks are valid from the first moment of kernel_main.
#pragma once

#include <stdint.h>

/// Nanoseconds since the kernel's entry; never goes back.
uint64_t clock_ns(void);
/// Nanoseconds since 1970.
uint64_t clock_realtime_ns(void);
/// What clock_realtime_ns() was when clock_ns() was 0.
uint64_t clock_start_date_ns(void);
