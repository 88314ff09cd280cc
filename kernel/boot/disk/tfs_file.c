// Extents of a file.

#include "tfs_file.h"

#include "memory.h"

void tfs_file_open(struct tfs_file *file, struct volume *volume) {
    memset(file, 0, sizeof *file);
    file->volume = volume;
    file->read_ahead = UINT64_MAX;
}

fault_t tfs_file_add(struct tfs_file *file, struct tfs_extent extent) {
    if (extent.count == 0) return NULL;
    if (extent.sector >= file->volume->sectors || extent.count > file->volume->sectors - extent.sector) {
        return "the kernel lies outside the boot file system";
    }
    if (file->extent_count == FILE_EXTENTS) return "the kernel in the boot file system has too many pieces";
    uint32_t at = file->extent_count;
    while (at > 0 && file->extents[at - 1].first > extent.first) at--;
    bool overlaps = at > 0 && extent.first - file->extents[at - 1].first < file->extents[at - 1].count;
    overlaps |= at < file->extent_count && file->extents[at].first - extent.first < extent.count;
    if (overlaps) return "the kernel in the boot file system has pieces that overlap";
    for (uint32_t i = file->extent_count; i > at; i--) file->extents[i] = file->extents[i - 1];
    file->extents[at] = extent;
    file->extent_count++;
    return NULL;
}

// The extent that holds `sector` of the file; else NULL, and *gap is the number of sectors up to the next extent.
static const struct tfs_extent *extent_of(const struct tfs_file *file, uint64_t sector, uint64_t *gap) {
    *gap = UINT64_MAX;
    for (uint32_t i = 0; i < file->extent_count; i++) {
        const struct tfs_extent *extent = &file->extents[i];
        if (extent->first > sector) {
            *gap = extent->first - sector;
            return NULL;
        }
        if (sector - extent->first < extent->count) return extent;
    }
    return NULL;
}

fault_t tfs_file_read(struct tfs_file *file, uint64_t offset, uint64_t length, void *to) {
    if (offset > file->length || length > file->length - offset) return "the kernel file is too short";
    uint64_t useful = file->length < file->read_ahead ? file->length : file->read_ahead;
    if (useful < offset + length) useful = offset + length;
    uint64_t useful_sectors = useful / SECTOR_BYTES + (useful % SECTOR_BYTES != 0);

    for (uint8_t *at = to; length > 0;) {
        uint64_t sector = offset / SECTOR_BYTES;
        uint32_t skip = offset % SECTOR_BYTES;
        uint64_t sectors; // at hand
        const uint8_t *from = NULL;
        const struct tfs_extent *extent = extent_of(file, sector, &sectors);
        if (extent != NULL) {
            uint64_t into = sector - extent->first;
            sectors = extent->count - into;
            if (!extent->is_zero) {
                uint64_t wish = sectors < useful_sectors - sector ? sectors : useful_sectors - sector;
                uint32_t seen;
                fault_t fault = volume_view(file->volume, extent->sector + into, wish, &from, &seen);
                if (fault) return fault;
                if (sectors > seen) sectors = seen;
            }
        }
        uint64_t take = length;
        if (sectors <= (length + skip) / SECTOR_BYTES) take = sectors * SECTOR_BYTES - skip;
        if (from != NULL) memcpy(at, from + skip, (size_t)take);
        else memset(at, 0, (size_t)take);
        at += take;
        offset += take;
        length -= take;
    }
    return NULL;
}
