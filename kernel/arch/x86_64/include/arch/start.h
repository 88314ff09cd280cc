// The processor's part of the kernel's start, in this order; the clock's is in clock_event.h.
#pragma once

#include <stdbool.h>

/// Tables, traps, and what protects the kernel and what programs use. Before anything that may fail.
void arch_start_processor(void);
/// Maps all of boot_ram to the kernel. False without memory for the tables.
bool arch_start_memory(void);
/// The processor's own interrupt controller. Needs paging.
void arch_start_interrupts(void);
