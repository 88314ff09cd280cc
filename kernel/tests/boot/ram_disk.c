// The window is allocated anew for each request: AddressSanitizer then sees who keeps a pointer for too long.

#include "ram_disk.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t *read_sectors(void *context, uint64_t first, uint32_t count) {
    static uint8_t *window;
    struct ram_disk *disk = context;
    assert(count >= 1 && count <= WINDOW_SECTORS && first < disk->sectors && count <= disk->sectors - first);
    disk->requests++;
    if (disk->unreadable > first && disk->unreadable <= first + count) return NULL;
    free(window);
    window = malloc((size_t)count * SECTOR_BYTES);
    assert(window != NULL);
    memcpy(window, disk->bytes + first * SECTOR_BYTES, (size_t)count * SECTOR_BYTES);
    return window;
}

struct volume ram_volume(struct ram_disk *disk) {
    return (struct volume){.read = read_sectors, .context = disk, .sectors = disk->sectors};
}

fault_t ram_find(struct volume *volume, const char *name, struct tfs_file *file) {
    static struct tfs_tree tree;
    static void *arena;
    free(arena);
    arena = malloc(ARENA_BYTES);
    assert(arena != NULL);
    fault_t fault = tree_replay(&tree, volume, name, arena, ARENA_BYTES);
    return fault ? fault : tree_find(&tree, file);
}

bool is_fault(fault_t fault, const char *text) {
    if (fault != NULL && strcmp(fault, text) == 0) return true;
    printf("# instead: %s\n", fault ? fault : "no fault");
    return false;
}
