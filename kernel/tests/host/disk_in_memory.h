// A disk in memory that keeps what a real one may lose: every sector written since the last flush is on the disk only
// perhaps, once the power is cut.
#pragma once

#include "fs/tfs/tfs.h"
#include <stdbool.h>

struct memory_disk {
    uint8_t *safe, *now; // what is certain to survive, and what is read
    uint64_t sectors;
    uint64_t *unsafe; // sectors written since the last flush, in order, perhaps several times
    uint8_t (*unsafe_data)[TFS_SECTOR];
    size_t unsafe_count, unsafe_capacity;
    long writes_before_cut; // the power goes after so many sectors; negative: never
    bool is_cut;
};

/// A disk of zeros.
void disk_make(struct memory_disk *d, uint64_t sectors);
void disk_free(struct memory_disk *d);
/// As a source for tfs_open.
struct tfs_source disk_source(struct memory_disk *d);
/// Opens the file system on it. False, with a line of why, if that is not possible.
bool disk_open(struct tfs *t, struct memory_disk *d);
/// Writes an empty file system: the first sector, one extension, the root.
void disk_format(struct memory_disk *d, const char *label);
/// The power comes back: each unsafe sector is there or not, as `random` says, in the order in which they were written.
void disk_after_cut(struct memory_disk *d, uint32_t (*random)(void));
