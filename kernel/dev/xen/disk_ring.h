// Requests and responses of Xen's disks (io/blkif.h, protocol `x86_64-abi`). Pure.
#pragma once

#include "dev/xen/ring.h"

enum disk_operation { DISK_READ = 0, DISK_WRITE = 1, DISK_FLUSH = 3, DISK_DISCARD = 5, DISK_INDIRECT = 6 };
enum { DISK_OKAY = 0, DISK_CANNOT = -2, DISK_ASK_SIZE = 112, DISK_SEGMENTS_DIRECT = 11 };

/// A page, and which of its sectors of 512 bytes.
struct disk_segment {
    uint32_t grant;
    uint8_t first, last;
    uint16_t unused;
};

struct disk_answer {
    uint64_t id;
    uint8_t operation;
    int16_t status;
};

/// A request. One with more segments than fit has them in a page of their own.
struct disk_ask {
    uint8_t operation;
    uint16_t handle;
    uint64_t id, sector, sectors;
    const struct disk_segment *segments;
    unsigned count;
    uint32_t list_grant;
};

/// Spreads sectors over as many segments as they take.
void disk_segments_fill(struct disk_segment *segments, uint32_t sectors);
/// Writes a request into its place in the ring.
void disk_ask_put(void *place, const struct disk_ask *ask);
