// Reading the partition table.

#include "partition.h"

#include <stddef.h>

#include "memory.h"

#define TYPE_LINUX 0x83
#define TYPE_EFI_SYSTEM 0xef

struct partition {
    uint8_t flags, start_chs[3], type, end_chs[3];
    uint32_t first, sectors;
};

fault_t partition_find_boot(const uint8_t table[PARTITION_TABLE_BYTES], uint32_t *first, uint32_t *sectors) {
    struct partition entries[4];
    _Static_assert(sizeof entries == PARTITION_TABLE_BYTES, "four entries of 16 bytes");
    memcpy(entries, table, sizeof entries);
    const struct partition *boot = entries[0].type == TYPE_EFI_SYSTEM ? &entries[1] : &entries[0];
    if (boot->type != TYPE_LINUX || boot->first == 0 || boot->sectors == 0) {
        return "the partition table names no boot file system";
    }
    *first = boot->first;
    *sectors = boot->sectors;
    return NULL;
}
