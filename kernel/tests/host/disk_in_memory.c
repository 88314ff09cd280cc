// The disk in memory.

#include "disk_in_memory.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void disk_make(struct memory_disk *d, uint64_t sectors) {
    *d = (struct memory_disk){.sectors = sectors, .writes_before_cut = -1};
    d->safe = calloc(sectors, TFS_SECTOR);
    d->now = calloc(sectors, TFS_SECTOR);
}

void disk_free(struct memory_disk *d) {
    free(d->safe);
    free(d->now);
    free(d->unsafe);
    free(d->unsafe_data);
}

static int read_sectors(void *context, uint64_t sector, uint32_t count, void *to) {
    const struct memory_disk *d = context;
    if (sector + count > d->sectors) return -5;
    memcpy(to, d->now + sector * TFS_SECTOR, (size_t)count * TFS_SECTOR);
    return 0;
}

static int write_sectors(void *context, uint64_t sector, uint32_t count, const void *from) {
    struct memory_disk *d = context;
    if (sector + count > d->sectors) abort();
    for (uint32_t i = 0; i < count; i++) {
        if (d->is_cut || d->writes_before_cut == 0) {
            d->is_cut = true;
            return -5;
        }
        if (d->writes_before_cut > 0) d->writes_before_cut--;
        const uint8_t *data = (const uint8_t *)from + (size_t)i * TFS_SECTOR;
        if (d->unsafe_count == d->unsafe_capacity) {
            d->unsafe_capacity = d->unsafe_capacity * 2 + 64;
            d->unsafe = realloc(d->unsafe, d->unsafe_capacity * sizeof *d->unsafe);
            d->unsafe_data = realloc(d->unsafe_data, d->unsafe_capacity * sizeof *d->unsafe_data);
        }
        d->unsafe[d->unsafe_count] = sector + i;
        memcpy(d->unsafe_data[d->unsafe_count++], data, TFS_SECTOR);
        memcpy(d->now + (sector + i) * TFS_SECTOR, data, TFS_SECTOR);
    }
    return 0;
}

static int flush(void *context) {
    struct memory_disk *d = context;
    if (d->is_cut) return -5;
    for (size_t i = 0; i < d->unsafe_count; i++) {
        memcpy(d->safe + d->unsafe[i] * TFS_SECTOR, d->unsafe_data[i], TFS_SECTOR);
    }
    d->unsafe_count = 0;
    return 0;
}

struct tfs_source disk_source(struct memory_disk *d) {
    return (struct tfs_source){
        .read = read_sectors, .write = write_sectors, .flush = flush, .context = d, .sectors = d->sectors};
}

void disk_after_cut(struct memory_disk *d, uint32_t (*random)(void)) {
    // Now most of them, now few.
    uint32_t chance = random() % 101;
    for (size_t i = 0; i < d->unsafe_count; i++) {
        if (random() % 100 < chance) memcpy(d->safe + d->unsafe[i] * TFS_SECTOR, d->unsafe_data[i], TFS_SECTOR);
    }
    memcpy(d->now, d->safe, d->sectors * TFS_SECTOR);
    d->unsafe_count = 0;
    d->is_cut = false;
    d->writes_before_cut = -1;
}

bool disk_open(struct tfs *t, struct memory_disk *d) {
    const char *why;
    struct tfs_source source = disk_source(d);
    if (tfs_open(t, &source, &why) == 0) return true;
    printf("# %s\n", why);
    return false;
}

void disk_format(struct memory_disk *d, const char *label) {
    // docs/formats.md, "The log": magic, version, length; in sector 0 UUID, label and a link, in sector 1 the root.
    static const uint8_t first[] = {'N', 'V', 'M', 'T', 'F', 'S', 5, 1};
    static const uint8_t link[] = {5, 1, 0x88, 0x00, 1};
    static const uint8_t second[] = {'N',  'V', 'M', 'T', 'F', 'S', 5,   0x88, 0x00, 2,   12,   12, 0x91,
                                     0x88, 8,   'c', 'h', 'i', 'l', 'd', 'r',  'e',  'n', 0x90, 1};
    uint8_t *s = d->now;
    memcpy(s, first, sizeof first);
    memset(s + sizeof first, 0x5a, TFS_UUID);
    size_t at = sizeof first + TFS_UUID;
    memcpy(s + at, label, strlen(label) + 1);
    memcpy(s + at + strlen(label) + 1, link, sizeof link);
    memcpy(s + TFS_SECTOR, second, sizeof second);
    memcpy(d->safe, d->now, 2 * TFS_SECTOR);
}
