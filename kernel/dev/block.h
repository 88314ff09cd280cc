// Block devices. Sectors have 512 bytes.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SECTOR_SIZE = 512 };

enum block_op { BLOCK_READ, BLOCK_WRITE, BLOCK_FLUSH };

/// A piece of physically contiguous memory.
struct block_segment {
    uint64_t pa;
    uint32_t length;
};

/// What was asked of a disk, by kind of operation.
struct block_counters {
    uint64_t requests, sectors, ns;
};

struct block_device {
    const char *name;
    uint64_t sectors;
    bool readonly;
    bool mounted; // a file system on it is in use
    /// Starts the transfer and sleeps until it is done (polls where no thread can sleep yet). 0 or -EIO.
    int (*transfer)(struct block_device *dev, enum block_op op, uint64_t sector, const struct block_segment *segments,
                    size_t count);
    struct block_counters counters[BLOCK_FLUSH + 1];
};

/// Calls `transfer`, and counts.
int block_transfer(struct block_device *dev, enum block_op op, uint64_t sector, const struct block_segment *segments,
                   size_t count);

/// The n-th disk in the order in which they were found; null beyond the last.
struct block_device *block_device_at(unsigned n);
/// Drivers call this for each disk they find.
void block_device_add(struct block_device *dev);

/// Into or from kernel memory of any kind (direct map, image, heap). 0, -EIO, or -EINVAL beyond the end.
int block_read(struct block_device *dev, uint64_t sector, uint32_t count, void *to);
int block_write(struct block_device *dev, uint64_t sector, uint32_t count, const void *from);
int block_flush(struct block_device *dev);
