// I/O APICs: where interrupt lines enter.
#pragma once

#include <stdbool.h>
#include <stdint.h>

/// Announces one, at physical address `pa`, whose first line has the global number `first_line`.
void ioapic_add(uint64_t pa, uint32_t first_line);

/// Sends a line's interrupts to this processor as `vector`. 0, or -ENODEV if no I/O APIC has the line.
int ioapic_route(uint32_t line, bool level, bool active_low, unsigned vector);
