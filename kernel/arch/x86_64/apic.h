// The local APIC: end of interrupt, and the processor's own timer.
#pragma once

#include <stdbool.h>
#include <stdint.h>

void apic_init(void);
uint32_t apic_id(void);
void apic_end_of_interrupt(void);

/// The timer's counter: counts down from what was written, at apic rate, once. 0 stops it.
void apic_timer_start(uint32_t count);
uint32_t apic_timer_count(void);
/// Chooses what the timer does at its end: an interrupt, or nothing (while the clock is measured against it).
void apic_timer_set_interrupt(bool on);
/// From now on the timer fires when the TSC passes what is written to MSR_TSC_DEADLINE.
void apic_timer_use_tsc_deadline(void);
