// The partition table in sector 0.
#pragma once

#include <stdint.h>

#include "volume.h"

#define PARTITION_TABLE_BYTES 64

/// Where the boot file system lies: the first sector and the number of sectors. It is entry 0, or entry 1 where entry 0
/// is an EFI system partition.
fault_t partition_find_boot(const uint8_t table[PARTITION_TABLE_BYTES], uint32_t *first, uint32_t *sectors);
