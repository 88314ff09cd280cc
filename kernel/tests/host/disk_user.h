// A thread of a test that uses a part of a disk, together with others: what it writes it reads back, in pieces of any
// place and length.
#pragma once

#include "arch/paging.h"
#include "dev/block.h"
#include "random.h"
#include <stdlib.h>
#include <string.h>

enum { USER_REQUESTS = 10, USER_PIECES = 5, USER_PIECE_SECTORS = 4, USER_PAGE_SECTORS = PAGE_SIZE / SECTOR_SIZE };

struct disk_user {
    struct block_device *disk;
    uint64_t first, sectors; // its part
    bool has_pages; // its pieces meet at the bounds of pages, as those of the page cache do
    bool is_right;
};

static inline int disk_ask(struct block_device *disk, enum block_op op, uint64_t sector,
                           const struct block_segment *segments, size_t count) {
    struct block_request request = {.op = op, .sector = sector, .segments = segments, .count = count};
    for (size_t i = 0; i < count; i++) request.sectors += segments[i].length / SECTOR_SIZE;
    return disk->transfer(disk, &request);
}

static inline void disk_use(void *argument) {
    struct disk_user *u = argument;
    char *memory = aligned_alloc(PAGE_SIZE, u->sectors * SECTOR_SIZE), *expected = calloc(u->sectors, SECTOR_SIZE);
    u->is_right = true;
    for (int i = 0; i < USER_REQUESTS; i++) {
        struct block_segment pieces[USER_PIECES];
        size_t count = 1 + random_below(USER_PIECES), sectors = 0;
        uint64_t most = u->has_pages ? USER_PAGE_SECTORS : USER_PIECE_SECTORS;
        uint64_t start = random_below(u->sectors - USER_PIECES * most), from = u->has_pages ? random_below(most) : 0;
        for (size_t k = 0; k < count; k++) {
            uint64_t room = u->has_pages ? most - (from + sectors) % most : most;
            uint64_t here = u->has_pages && k + 1 < count ? room : 1 + random_below(room);
            char *at = memory + (from + sectors) * SECTOR_SIZE;
            pieces[k] = (struct block_segment){virt_to_phys(at), (uint32_t)here * SECTOR_SIZE};
            sectors += here;
        }
        char *used = memory + from * SECTOR_SIZE, *same = expected + start * SECTOR_SIZE;
        if (random_below(2)) {
            memset(used, (int)random_below(256), sectors * SECTOR_SIZE);
            memcpy(same, used, sectors * SECTOR_SIZE);
            u->is_right &= disk_ask(u->disk, BLOCK_WRITE, u->first + start, pieces, count) == 0;
            if (random_below(3) == 0) u->is_right &= disk_ask(u->disk, BLOCK_FLUSH, 0, NULL, 0) == 0;
        } else {
            u->is_right &= disk_ask(u->disk, BLOCK_READ, u->first + start, pieces, count) == 0;
            u->is_right &= memcmp(used, same, sectors * SECTOR_SIZE) == 0;
        }
    }
    free(memory);
    free(expected);
}
