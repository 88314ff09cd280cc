// Requests and responses of Xen's disks.
#include "dev/xen/disk_ring.h"

#include "arch/paging.h"
#include "dev/block.h"
#include "lib/string.h"

enum { LISTS_MOST = 8, PAGE_SECTORS = PAGE_SIZE / SECTOR_SIZE };

struct direct {
    uint8_t operation, count;
    uint16_t handle;
    uint32_t unused;
    uint64_t id, sector;
    struct disk_segment segments[DISK_SEGMENTS_DIRECT];
};
_Static_assert(sizeof(struct direct) == DISK_ASK_SIZE, "io/blkif.h");

struct indirect {
    uint8_t operation, real_operation;
    uint16_t count;
    uint32_t unused;
    uint64_t id, sector;
    uint16_t handle, more_unused;
    uint32_t lists[LISTS_MOST];
};
_Static_assert(sizeof(struct indirect) <= DISK_ASK_SIZE, "io/blkif.h");

struct discard {
    uint8_t operation, flags;
    uint16_t handle;
    uint32_t unused;
    uint64_t id, sector, sectors;
};
_Static_assert(sizeof(struct discard) <= DISK_ASK_SIZE, "io/blkif.h");

void disk_segments_fill(struct disk_segment *segments, uint32_t sectors) {
    for (; sectors > 0; segments++) {
        uint32_t here = sectors < PAGE_SECTORS ? sectors : PAGE_SECTORS;
        segments->first = 0;
        segments->last = (uint8_t)(here - 1);
        sectors -= here;
    }
}

void disk_ask_put(void *place, const struct disk_ask *ask) {
    memset(place, 0, DISK_ASK_SIZE);
    if (ask->count > DISK_SEGMENTS_DIRECT) {
        struct indirect *i = place;
        *i = (struct indirect){.operation = DISK_INDIRECT,
                               .real_operation = ask->operation,
                               .count = (uint16_t)ask->count,
                               .id = ask->id,
                               .sector = ask->sector,
                               .handle = ask->handle,
                               .lists = {ask->list_grant}};
        return;
    }
    if (ask->operation == DISK_DISCARD) {
        struct discard *d = place;
        *d = (struct discard){.operation = ask->operation,
                              .handle = ask->handle,
                              .id = ask->id,
                              .sector = ask->sector,
                              .sectors = ask->sectors};
        return;
    }
    struct direct *d = place;
    d->operation = ask->operation;
    d->count = (uint8_t)ask->count;
    d->handle = ask->handle;
    d->id = ask->id;
    d->sector = ask->sector;
    memcpy(d->segments, ask->segments, ask->count * sizeof(*d->segments));
}
