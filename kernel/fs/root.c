// Looking at the disks for the one that has the root: the first that could be it. Others may be there before it, in
// whatever order a cloud attaches them.

#include "fs/root.h"
#include <stddef.h>

const char *root_find(struct root_place *place) {
    static uint8_t sector[SECTOR_SIZE];
    const char *why = NULL, *first_why = NULL;
    struct block_device *disk;
    for (unsigned n = 0; (disk = block_device_at(n)); n++) {
        if (block_read(disk, 0, 1, sector) != 0) why = "the disk cannot be read";
        else if (sector[510] != 0x55 || sector[511] != 0xaa) continue;
        else if (!(why = root_in_table(sector, disk->sectors, place))) {
            place->disk = disk;
            return NULL;
        }
        first_why = first_why ? first_why : why;
    }
    return first_why ? first_why : block_device_at(0) ? "no disk has a partition table" : "there is no disk";
}
