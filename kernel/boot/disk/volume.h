// A file system's run of sectors on the boot disk, seen through one window.
#pragma once

#include <stdint.h>

#define SECTOR_BYTES 512

/// Sectors in one request. Some BIOSes take no more than 127 (a segment less one sector).
#define WINDOW_SECTORS 127

/// What went wrong, a part of a sentence for the screen; NULL if nothing did.
typedef const char *fault_t;

/// Reads `count` (1..WINDOW_SECTORS) sectors from `first` on. The bytes stay until the next call. NULL: unreadable.
typedef const uint8_t *(*sector_reader)(void *context, uint64_t first, uint32_t count);

struct volume {
    sector_reader read;
    void *context;
    uint64_t sectors;
    const uint8_t *window;
    uint64_t window_first;
    uint32_t window_count;
};

/// The volume's sectors from `first` on: as many as are in the window, else as many as fit of the `wish` sectors that
/// the caller is going to need. *at is good until the next call.
fault_t volume_view(struct volume *volume, uint64_t first, uint64_t wish, const uint8_t **at, uint32_t *count);
