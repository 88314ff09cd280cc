// Time. Both clocks are valid from the first moment of kernel_main.
#pragma once

#include <stdbool.h>
#include <stdint.h>

/// Nanoseconds since the kernel's entry; never goes back.
uint64_t clock_ns(void);
/// Nanoseconds since 1970.
uint64_t clock_realtime_ns(void);
/// What clock_realtime_ns() was, or would have been by what is known now, when clock_ns() was 0.
uint64_t clock_start_date_ns(void);

/// The latest date that the clock can be set to: the end of the year 2199. What is later is a mistake.
#define CLOCK_LATEST_NS 7258118400000000000ull

enum clock_source { CLOCK_BY_RTC, CLOCK_BY_HOST, CLOCK_BY_PROGRAM };

/// Sets the date; clock_ns() is not touched. A program that has set it keeps it: the other sources are refused from
/// then on. False where it is refused, or later than CLOCK_LATEST_NS.
bool clock_set_realtime_ns(uint64_t now_ns, enum clock_source source);
/// Who set the date last.
enum clock_source clock_set_by(void);
/// Calls `changed` after each change of the date, with interrupts off.
void clock_on_set(void (*changed)(void));
/// The date that the real-time clock of the PC shows now, in whole seconds; 0 without one.
uint64_t rtc_read_seconds(void);
