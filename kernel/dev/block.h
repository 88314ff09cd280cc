// Block devices. Sectors have 512 bytes.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SECTOR_SIZE = 512 };

enum block_op { BLOCK_READ, BLOCK_WRITE, BLOCK_FLUSH, BLOCK_DISCARD, BLOCK_OPS };

/// A piece of physically contiguous memory.
struct block_segment {
    uint64_t pa;
    uint32_t length;
};

struct block_request {
    enum block_op op;
    uint64_t sector, sectors; // not of a flush
    const struct block_segment *segments; // of reading and writing: together as long as the sectors
    size_t count;
};

/// What was asked of a disk, by kind of operation.
struct block_counters {
    uint64_t requests, sectors, ns;
};

struct block_device {
    const char *name;
    uint64_t sectors;
    bool readonly;
    bool can_discard;
    bool mounted; // a file system on it is in use
    /// Each piece of memory begins at a multiple of it, which is a power of two; 0: anywhere. Pages always do.
    uint32_t alignment;
    /// Starts the request and sleeps until it is done (polls where no thread can sleep yet). 0 or -EIO. Drivers with
    /// several requests in flight leave it to block_queue.h.
    int (*transfer)(struct block_device *dev, const struct block_request *request);
    struct block_counters counters[BLOCK_OPS];
};

/// Calls `transfer`, and counts.
int block_transfer(struct block_device *dev, enum block_op op, uint64_t sector, const struct block_segment *segments,
                   size_t count);

/// The n-th disk in the order in which they were found; null beyond the last.
struct block_device *block_device_at(unsigned n);
/// Drivers call this for each disk they find.
void block_device_add(struct block_device *dev);

/// Into or from kernel memory of any kind (direct map, image, heap). 0, -EIO, -ENOMEM, or -EINVAL beyond the end.
int block_read(struct block_device *dev, uint64_t sector, uint32_t count, void *to);
int block_write(struct block_device *dev, uint64_t sector, uint32_t count, const void *from);
int block_flush(struct block_device *dev);
/// Tells the disk that nobody needs what is there. 0, also where the disk does not want to know; -EROFS, -EIO, -EINVAL.
int block_discard(struct block_device *dev, uint64_t sector, uint64_t sectors);
