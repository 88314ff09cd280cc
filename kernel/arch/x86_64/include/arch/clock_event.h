// The clock's alarm: one interrupt at one moment. task/timer.c makes many of it.
#pragma once

#include "arch/clock_page.h"

/// What the hypervisor says of the clock's rate, from now on: a structure of 32 bytes that it writes, the same in Xen
/// and KVM. Before clock_init.
void clock_use_pvclock(const volatile void *page);
/// Nanoseconds on the scale of that page.
uint64_t clock_pvclock_ns(void);
/// Starts measuring the processor's clocks. Needs the local APIC.
void clock_init(void);
/// Ends the measurement. Called when the rest of the machine is up: until then the time measures itself for free.
void clock_ready(void);

/// Keeps `page` true from now on, for the program's own reading of the clock.
void clock_publish(struct clock_page *page);
/// Puts a new date into that page: what the date was when clock_ns() was 0. With interrupts off.
void clock_publish_date(uint64_t start_ns);

/// Calls `expired` from the interrupt after clock_event_arm.
void clock_event_init(void (*expired)(void));
/// Asks for one interrupt at `deadline_ns` (on the clock_ns() scale) or, if that is far away, somewhat before.
void clock_event_arm(uint64_t deadline_ns);
