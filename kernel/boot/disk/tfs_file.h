// A file of a TFS volume: its extents, and reading through them.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "volume.h"

/// Pieces that a kernel may lie in. Builders write one, the reference kernel pieces of 1 MiB and more.
#define FILE_EXTENTS 64

struct tfs_extent {
    uint64_t first; // in the file, in sectors
    uint64_t sector; // where it lies on the volume
    uint64_t count; // sectors
    bool is_zero; // set aside but never written
};

struct tfs_file {
    struct volume *volume;
    uint64_t length; // bytes
    uint64_t read_ahead; // bytes from the start that are going to be asked for
    uint32_t extent_count;
    struct tfs_extent extents[FILE_EXTENTS]; // sorted by `first`
};

void tfs_file_open(struct tfs_file *file, struct volume *volume);

/// Adds an extent, in any order. A fault if it overlaps another, leaves the volume, or is one too many.
fault_t tfs_file_add(struct tfs_file *file, struct tfs_extent extent);

/// Copies `length` bytes from `offset` on. What lies in no extent is zero; beyond the file's end it is a fault.
fault_t tfs_file_read(struct tfs_file *file, uint64_t offset, uint64_t length, void *to);
