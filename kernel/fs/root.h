// Finding the root file system: the disk with a partition table, and on it the partition (docs/formats.md, "The disk").
#pragma once

#include "dev/block.h"

struct root_place {
    struct block_device *disk;
    uint64_t first_sector, sectors; // of the root file system
    uint64_t crash_log_sector; // 4096 bytes right before the first partition; 0 if there is no room
};

/// Null and `*place`, or a sentence that says why there is no root.
const char *root_find(struct root_place *place);
/// The same for one disk's first sector: which sectors are the root's. Pure.
const char *root_in_table(const uint8_t sector[SECTOR_SIZE], uint64_t disk_sectors, struct root_place *place);
