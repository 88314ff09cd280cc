// From the registers of a PC's real-time clock to seconds. Pure.
#pragma once

#include <stdbool.h>
#include <stdint.h>

/// The registers as they are read: binary or BCD, 12 or 24 hours, as `status_b` says.
struct rtc_reading {
    uint8_t seconds, minutes, hours, day, month, year, century, status_b;
};

/// Seconds since 1970-01-01 00:00:00 UTC. False for what is no date (a clock that is not there reads as 0xff).
bool calendar_seconds(const struct rtc_reading *r, uint64_t *seconds);
