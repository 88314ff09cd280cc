// What the nodes of a TFS tree mean: types, numbers, the extents of files.

#include "fs/tfs/tfs.h"
#include "lib/errno.h"
#include "lib/sort.h"
#include "mem/heap.h"

static bool decimal(const char *text, uint32_t length, uint64_t *number) {
    uint64_t n = 0;
    for (uint32_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9') return false;
        if (__builtin_mul_overflow(n, 10u, &n) || __builtin_add_overflow(n, (uint64_t)(text[i] - '0'), &n))
            return false;
    }
    *number = n;
    return length > 0;
}

bool tfs_number(const struct tfs_value *v, uint64_t *number) {
    if (!v) return false;
    if (v->kind == TFS_STRING) return decimal(v->string->bytes, v->string->length, number);
    if (v->kind != TFS_INTEGER || (v->negative && v->magnitude != 0)) return false;
    *number = v->magnitude;
    return true;
}

enum tfs_type tfs_type(const struct tfs *t, const struct tfs_node *node) {
    if (tfs_get_tuple(t, node, "children", 8)) return TFS_DIRECTORY;
    const struct tfs_value *target = tfs_get(t, node, "linktarget", 10);
    if (target && target->kind == TFS_STRING) return TFS_LINK;
    if (tfs_get_tuple(t, node, "extents", 7)) return TFS_FILE;
    return tfs_get(t, node, "socket", 6) ? TFS_SOCKET : TFS_OTHER;
}

static bool by_place_in_file(const void *a, const void *b) {
    return ((const struct tfs_extent *)a)->file < ((const struct tfs_extent *)b)->file;
}

bool tfs_extent_read(const struct tfs *t, const struct tfs_entry *entry, struct tfs_extent *e) {
    if (entry->value.kind != TFS_TUPLE || !decimal(entry->name->bytes, entry->name->length, &e->file)) return false;
    const struct tfs_node *node = entry->value.node;
    if (!tfs_number(tfs_get(t, node, "offset", 6), &e->disk)) return false;
    if (!tfs_number(tfs_get(t, node, "length", 6), &e->length)) return false;
    if (!tfs_number(tfs_get(t, node, "allocated", 9), &e->allocated)) return false;
    e->uninited = tfs_get(t, node, "uninited", 8) != NULL;
    uint64_t file_end, disk_end;
    if (__builtin_add_overflow(e->file, e->length, &file_end) || file_end > UINT64_MAX / TFS_SECTOR) return false;
    if (__builtin_add_overflow(e->disk, e->allocated, &disk_end) || disk_end > t->source.sectors) return false;
    return e->length <= e->allocated;
}

int tfs_extents(const struct tfs *t, const struct tfs_node *file, struct tfs_extent **extents, size_t *count) {
    *extents = NULL;
    *count = 0;
    const struct tfs_node *tuple = tfs_get_tuple(t, file, "extents", 7);
    if (!tuple || tuple->live == 0) return 0;
    struct tfs_extent *list = kmalloc(tuple->live * sizeof *list);
    if (!list) return -ENOMEM;
    size_t n = 0;
    int result = 0;
    const struct tfs_entry *entry = tfs_next(tuple, 0);
    for (; entry && result == 0; entry = tfs_next(tuple, entry->value.order + 1)) {
        if (n == tuple->live || !tfs_extent_read(t, entry, &list[n])) result = -EINVAL;
        else if (list[n].length > 0) n++;
    }
    sort(list, n, sizeof *list, by_place_in_file);
    for (size_t i = 1; i < n; i++) {
        if (list[i - 1].file + list[i - 1].length > list[i].file) result = -EINVAL;
    }
    if (result != 0) {
        kfree(list);
        return result;
    }
    *extents = list;
    *count = n;
    return 0;
}
