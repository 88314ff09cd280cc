// The partition table of an image.

#include "fs/root.h"
#include "lib/string.h"
#include <stddef.h>

enum { TABLE = 0x1be, ENTRY_SIZE = 16, ENTRY_TYPE = 4, ENTRY_START = 8, TYPE_ESP = 0xef, LOG_SECTORS = 8 };

static uint32_t start_of(const uint8_t *sector, unsigned n) {
    uint32_t start;
    memcpy(&start, sector + TABLE + n * ENTRY_SIZE + ENTRY_START, sizeof start);
    return start;
}

const char *root_in_table(const uint8_t sector[SECTOR_SIZE], uint64_t disk_sectors, struct root_place *place) {
    unsigned root = sector[TABLE + ENTRY_TYPE] == TYPE_ESP ? 2 : 1;
    uint32_t start = start_of(sector, root), first = start_of(sector, 0);
    if (sector[TABLE + root * ENTRY_SIZE + ENTRY_TYPE] == 0 || start == 0)
        return "its partition table has no root file system";
    if (start >= disk_sectors) return "its root file system lies behind the end of the disk";
    place->first_sector = start;
    // Up to the end of the disk, whatever the table says: a disk made longer is a larger root.
    place->sectors = disk_sectors - start;
    place->crash_log_sector = first > LOG_SECTORS && first <= disk_sectors ? first - LOG_SECTORS : 0;
    return NULL;
}
