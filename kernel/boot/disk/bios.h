// What stage 2 asks of the BIOS: sectors, the memory map, a character on the screen.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "memory_map.h"

/// Processor registers before and after bios_interrupt. enter.S knows the offsets.
struct bios_registers {
    uint32_t eax, ebx, ecx, edx, esi, edi;
    uint16_t es, flags;
};
extern struct bios_registers bios_registers;

/// Drops to real mode, calls the interrupt with the registers of bios_registers (ds is 0), and comes back.
void bios_interrupt(uint32_t number);

/// Reads `count` sectors (at most WINDOW_SECTORS) from `first` on, counted from the start of the disk.
/// Returns where they are, until the next call; NULL if the disk can't be read there.
const uint8_t *bios_read_sectors(uint32_t drive, uint64_t first, uint32_t count);

/// Fills in the memory map (interrupt 0x15, function 0xe820). False if the BIOS has none.
bool bios_read_memory_map(struct memory_map *map);

/// Where the ACPI root pointer stands, 0 if there is none.
uint32_t bios_find_acpi(void);

/// A character on the screen.
void bios_put_character(char c);
