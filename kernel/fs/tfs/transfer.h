// Moving a file's content between its extents and pages.
#pragma once

#include "dev/block.h"
#include "fs/tfs/tfs.h"

struct tfs_run {
    struct block_device *disk;
    uint64_t first_sector; // of the file system, on the disk
    const struct tfs_extent *extents; // sorted; those that matter to the pages
    size_t extent_count;
    uint64_t file_size;
};

/// Fills `count` pages (physical addresses) with the content from page `first` on: large requests for what lies
/// together on the disk, zeros for holes, for what was never written and behind the end. 0 or -EIO.
int tfs_read_pages(const struct tfs_run *run, uint64_t first, const uint64_t *pages, size_t count);
/// Writes pages to the extents, up to the end of the last page that the file has a byte of; behind its end zeros, which
/// are put into the page. Holes are passed over. 0 or -EIO.
int tfs_write_pages(const struct tfs_run *run, uint64_t first, const uint64_t *pages, size_t count);
