// Questions to the memory map.

#include "memory_map.h"

bool memory_is_usable(const struct memory_map *map, uint64_t first, uint64_t size) {
    bool inside = false;
    for (uint32_t i = 0; i < map->count; i++) {
        const struct memory_range *range = &map->ranges[i];
        if (range->type == MEMORY_USABLE) {
            inside |= first >= range->first && size <= range->size && first - range->first <= range->size - size;
        } else if (range->first <= first ? first - range->first < range->size : range->first - first < size) {
            return false;
        }
    }
    return inside;
}
