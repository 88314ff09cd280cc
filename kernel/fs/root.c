// Looking at the disks for the one that has the root.

#include "fs/root.h"
#include <stddef.h>

const char *root_find(struct root_place *place) {
    static uint8_t sector[SECTOR_SIZE];
    const char *why = "there is no disk";
    struct block_device *disk;
    for (unsigned n = 0; (disk = block_device_at(n)); n++) {
        why = "no disk has a partition table";
        if (block_read(disk, 0, 1, sector) != 0) return "the disk cannot be read";
        if (sector[510] != 0x55 || sector[511] != 0xaa) continue;
        place->disk = disk;
        return root_in_table(sector, disk->sectors, place);
    }
    return why;
}
