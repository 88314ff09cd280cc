// The list of disks, and transfers to kernel memory of any kind.
#include "dev/block.h"

#include "arch/paging.h"
#include "arch/clock.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/heap.h"

enum { DISKS_MAX = 16, SEGMENTS = 32 };

static struct block_device *disks[DISKS_MAX];
static unsigned disk_count;

struct block_device *block_device_at(unsigned n) { return n < disk_count ? disks[n] : NULL; }

void block_device_add(struct block_device *dev) {
    if (disk_count < DISKS_MAX) {
        disks[disk_count++] = dev;
    }
}

static int run(struct block_device *dev, const struct block_request *request) {
    struct block_counters *c = &dev->counters[request->op];
    uint64_t began = clock_ns();
    int result = dev->transfer(dev, request);
    c->ns += clock_ns() - began;
    c->requests++;
    c->sectors += request->sectors;
    return result;
}

int block_transfer(struct block_device *dev, enum block_op op, uint64_t sector, const struct block_segment *segments,
                   size_t count) {
    struct block_request request = {.op = op, .sector = sector, .segments = segments, .count = count};
    for (size_t i = 0; i < count; i++) request.sectors += segments[i].length;
    request.sectors /= SECTOR_SIZE;
    return run(dev, &request);
}

/// Splits memory into physically contiguous pieces, as many as fit. How many bytes those are.
static uint64_t gather(const char *memory, uint64_t bytes, struct block_segment *segments, size_t *count) {
    uint64_t done = 0;
    size_t n = 0;
    while (done < bytes) {
        uint64_t va = (uint64_t)memory + done;
        uint64_t here = PAGE_SIZE - va % PAGE_SIZE;
        if (here > bytes - done) {
            here = bytes - done;
        }
        uint64_t pa = kernel_virt_to_phys((const void *)va);
        if (n > 0 && segments[n - 1].pa + segments[n - 1].length == pa) {
            segments[n - 1].length += (uint32_t)here;
        } else if (n == SEGMENTS) {
            break;
        } else {
            segments[n++] = (struct block_segment){pa, (uint32_t)here};
        }
        done += here;
    }
    // A request is whole sectors; what goes beyond comes with the next one.
    while (done % SECTOR_SIZE != 0) {
        uint64_t cut = done % SECTOR_SIZE;
        if (segments[n - 1].length > cut) {
            segments[n - 1].length -= (uint32_t)cut;
            done -= cut;
        } else {
            done -= segments[--n].length;
        }
    }
    *count = n;
    return done;
}

/// By way of a page, for memory that begins where the disk can't reach it.
static int transfer_by_page(struct block_device *dev, enum block_op op, uint64_t sector, uint64_t bytes, char *memory) {
    char *page = kmalloc(PAGE_SIZE);
    int result = page == NULL ? -ENOMEM : 0;
    while (result == 0 && bytes > 0) {
        uint32_t here = bytes < PAGE_SIZE ? (uint32_t)bytes : PAGE_SIZE;
        struct block_segment segment = {virt_to_phys(page), here};
        if (op == BLOCK_WRITE) {
            memcpy(page, memory, here);
        }
        result = block_transfer(dev, op, sector, &segment, 1);
        if (op == BLOCK_READ && result == 0) {
            memcpy(memory, page, here);
        }
        memory += here;
        sector += here / SECTOR_SIZE;
        bytes -= here;
    }
    kfree(page);
    return result;
}

static int transfer(struct block_device *dev, enum block_op op, uint64_t sector, uint32_t count, char *memory) {
    if (count > dev->sectors || sector > dev->sectors - count) {
        return -EINVAL;
    }
    uint64_t left = (uint64_t)count * SECTOR_SIZE;
    if (dev->alignment > 1 && (uint64_t)memory % dev->alignment != 0) {
        return transfer_by_page(dev, op, sector, left, memory);
    }
    while (left > 0) {
        struct block_segment segments[SEGMENTS];
        size_t n;
        uint64_t here = gather(memory, left, segments, &n);
        int result = block_transfer(dev, op, sector, segments, n);
        if (result != 0) {
            return result;
        }
        memory += here;
        sector += here / SECTOR_SIZE;
        left -= here;
    }
    return 0;
}

int block_read(struct block_device *dev, uint64_t sector, uint32_t count, void *to) {
    return transfer(dev, BLOCK_READ, sector, count, to);
}

int block_write(struct block_device *dev, uint64_t sector, uint32_t count, const void *from) {
    return dev->readonly ? -EROFS : transfer(dev, BLOCK_WRITE, sector, count, (char *)(uintptr_t)from);
}

int block_flush(struct block_device *dev) { return block_transfer(dev, BLOCK_FLUSH, 0, NULL, 0); }

int block_discard(struct block_device *dev, uint64_t sector, uint64_t sectors) {
    const struct block_request request = {.op = BLOCK_DISCARD, .sector = sector, .sectors = sectors};
    if (dev->readonly) {
        return -EROFS;
    }
    if (sectors > dev->sectors || sector > dev->sectors - sectors) {
        return -EINVAL;
    }
    return dev->can_discard && sectors > 0 ? run(dev, &request) : 0;
}
