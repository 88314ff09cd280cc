// What the loader left in memory (PVH's hvm_start_info), read once and checked.
#pragma once

#include "boot/ram_ranges.h"

/// The memory that may be used: RAM by the loader's map, without the first 64 KiB (firmwares scribble there, and a
/// second processor will start there) and without the kernel image.
extern struct ram_ranges boot_ram;

/// Physical address of the ACPI root pointer; 0 if the loader did not say.
extern uint64_t boot_rsdp;

/// Reads the start info at `pa`. Null, or what is wrong with it, in a sentence.
const char *start_info_read(uint64_t pa);

/// One page from what is left behind the kernel image, zeroed, for page tables before phys.c works; 0 if there is none.
uint64_t boot_take_page(void);
