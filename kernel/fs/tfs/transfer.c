// From extents to block requests.

#include "fs/tfs/transfer.h"
#include "arch/paging.h"
#include "lib/string.h"

enum { PAGE_SECTORS = PAGE_SIZE / TFS_SECTOR, MOST_SEGMENTS = 64 };

/// Sectors of the pages, counted from the first.
struct target {
    const uint64_t *pages;
    uint64_t sector; // the next one
};

/// The longest piece of physical memory from the present sector on, at most `sectors`.
static struct block_segment next_segment(const struct target *t, uint64_t sectors) {
    uint64_t page = t->sector / PAGE_SECTORS, inside = t->sector % PAGE_SECTORS * TFS_SECTOR;
    uint64_t bytes = sectors * TFS_SECTOR, length = PAGE_SIZE - inside;
    for (; length < bytes && t->pages[page + 1] == t->pages[page] + PAGE_SIZE; page++) length += PAGE_SIZE;
    if (length > bytes) length = bytes;
    return (struct block_segment){.pa = t->pages[t->sector / PAGE_SECTORS] + inside, .length = (uint32_t)length};
}

static void zero(struct target *t, uint64_t sectors) {
    while (sectors > 0) {
        struct block_segment s = next_segment(t, sectors);
        memset(phys_to_virt(s.pa), 0, s.length);
        t->sector += s.length / TFS_SECTOR;
        sectors -= s.length / TFS_SECTOR;
    }
}

static int move(struct block_device *disk, enum block_op op, uint64_t disk_sector, struct target *t, uint64_t sectors) {
    while (sectors > 0) {
        struct block_segment segments[MOST_SEGMENTS];
        size_t n = 0;
        uint64_t here = 0;
        while (n < MOST_SEGMENTS && here < sectors) {
            segments[n] = next_segment(t, sectors - here);
            t->sector += segments[n].length / TFS_SECTOR;
            here += segments[n++].length / TFS_SECTOR;
        }
        int result = block_transfer(disk, op, disk_sector, segments, n);
        if (result != 0) return result;
        disk_sector += here;
        sectors -= here;
    }
    return 0;
}

/// The first extent that ends behind `sector` of the file.
static size_t extent_from(const struct tfs_run *run, uint64_t sector) {
    size_t low = 0, high = run->extent_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (run->extents[middle].file + run->extents[middle].length <= sector) low = middle + 1;
        else high = middle;
    }
    return low;
}

static void zero_tail(const struct tfs_run *run, uint64_t first, const uint64_t *pages, size_t count) {
    uint64_t page = run->file_size / PAGE_SIZE, inside = run->file_size % PAGE_SIZE;
    if (page < first || page - first >= count) return;
    memset((char *)phys_to_virt(pages[page - first]) + inside, 0, PAGE_SIZE - inside);
}

int tfs_read_pages(const struct tfs_run *run, uint64_t first, const uint64_t *pages, size_t count) {
    struct target t = {.pages = pages};
    uint64_t start = first * PAGE_SECTORS, end = start + count * PAGE_SECTORS;
    uint64_t content_end = (run->file_size + TFS_SECTOR - 1) / TFS_SECTOR;
    uint64_t stop = content_end < end ? content_end : end;
    for (size_t i = extent_from(run, start); start + t.sector < stop; i++) {
        uint64_t at = start + t.sector;
        const struct tfs_extent *e = i < run->extent_count ? &run->extents[i] : NULL;
        uint64_t data = e && e->file < stop ? e->file : stop;
        if (data > at) {
            zero(&t, data - at);
            at = data;
        }
        if (at >= stop) break;
        uint64_t data_end = e->file + e->length < stop ? e->file + e->length : stop;
        if (e->uninited) {
            zero(&t, data_end - at);
            continue;
        }
        int result = move(run->disk, BLOCK_READ, run->first_sector + e->disk + (at - e->file), &t, data_end - at);
        if (result != 0) return result;
    }
    zero(&t, end - start - t.sector);
    zero_tail(run, first, pages, count);
    return 0;
}

int tfs_write_pages(const struct tfs_run *run, uint64_t first, const uint64_t *pages, size_t count) {
    uint64_t start = first * PAGE_SECTORS, end = start + count * PAGE_SECTORS;
    uint64_t content_end = (run->file_size + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SECTORS;
    if (content_end < end) end = content_end;
    zero_tail(run, first, pages, count);
    for (size_t i = extent_from(run, start); i < run->extent_count && run->extents[i].file < end; i++) {
        const struct tfs_extent *e = &run->extents[i];
        uint64_t from = e->file > start ? e->file : start, to = e->file + e->length < end ? e->file + e->length : end;
        struct target t = {.pages = pages, .sector = from - start};
        int result = move(run->disk, BLOCK_WRITE, run->first_sector + e->disk + (from - e->file), &t, to - from);
        if (result != 0) return result;
    }
    return 0;
}
