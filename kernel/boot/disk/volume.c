// The window onto a volume.

#include "volume.h"

#include <stddef.h>

fault_t volume_view(struct volume *volume, uint64_t first, uint64_t wish, const uint8_t **at, uint32_t *count) {
    if (first >= volume->sectors || wish == 0) return "the boot file system points beyond its end";
    if (first < volume->window_first || first - volume->window_first >= volume->window_count) {
        uint64_t take = volume->sectors - first;
        if (take > wish) take = wish;
        if (take > WINDOW_SECTORS) take = WINDOW_SECTORS;
        volume->window_count = 0;
        volume->window = volume->read(volume->context, first, (uint32_t)take);
        if (volume->window == NULL) return "the disk cannot be read";
        volume->window_first = first;
        volume->window_count = (uint32_t)take;
    }
    uint32_t skip = (uint32_t)(first - volume->window_first);
    *at = volume->window + (size_t)skip * SECTOR_BYTES;
    *count = volume->window_count - skip;
    return NULL;
}
