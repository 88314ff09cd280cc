// The machine's memory, as the BIOS lists it and as the kernel is handed it.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define MEMORY_RANGES 64
#define MEMORY_USABLE 1

/// A range of physical memory. The layout is that of hvm_memmap_table_entry in the PVH boot protocol; the types are
/// those of E820.
struct memory_range {
    uint64_t first, size;
    uint32_t type, reserved;
};

struct memory_map {
    uint32_t count;
    struct memory_range ranges[MEMORY_RANGES];
};

/// Whether `size` bytes from `first` on are memory that may be used: inside one usable range, and in no other range.
bool memory_is_usable(const struct memory_map *map, uint64_t first, uint64_t size);
