// ACPI's tables: where they are, and what the static ones say. No AML is run.
#pragma once

#include "arch/irq.h"
#include <stdbool.h>
#include <stdint.h>

/// Finds the root table and announces the I/O APICs. Without ACPI the one of every PC is assumed.
void acpi_init(void);

/// A table by its signature; null if it is absent. `length` is within what is mapped. Kept for the kernel's life.
const void *acpi_table(const char *signature, uint32_t *length);
/// The table of definitions, AML, which the FADT points at.
const void *acpi_dsdt(uint32_t *length);

/// Where one of the sixteen old interrupt lines goes.
struct irq_line acpi_isa_line(unsigned irq);

/// Offsets in the FADT (ACPI 6.4, table 5.9).
enum fadt {
    FADT_DSDT = 40,
    FADT_SCI = 46,
    FADT_SMI_COMMAND = 48,
    FADT_ACPI_ENABLE = 52,
    FADT_PM1A_EVENT = 56,
    FADT_PM1A_CONTROL = 64,
    FADT_PM1_EVENT_LENGTH = 88,
    FADT_FLAGS = 112,
    FADT_RESET = 116,
    FADT_RESET_VALUE = 128,
    FADT_X_DSDT = 140,
    FADT_SLEEP_CONTROL = 244,
};

/// Bytes of a table at an offset, as a number; 0 beyond its end.
uint64_t acpi_field(const void *table, uint32_t length, uint32_t offset, unsigned size);
