// Extents of a file.

#include "fs/tfs/extents.h"
#include "fs/tfs/log.h"
#include "fs/tfs/tree.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mem/heap.h"

/// The longest extent that the reference kernel makes: 32 MiB.
enum { LONGEST = 65536, KEY = 24 };

int tfs_extents_load(struct tfs *t, struct tfs_node *file, struct tfs_extents *e) {
    *e = (struct tfs_extents){.file = file};
    int result = tfs_extents(t, file, &e->list, &e->count);
    e->capacity = e->count;
    return result;
}

void tfs_extents_free(struct tfs_extents *e) { kfree(e->list); }

static uint64_t end_of(const struct tfs_extent *x) { return x->file + x->length; }

size_t tfs_extents_from(const struct tfs_extents *e, uint64_t sector) {
    size_t low = 0, high = e->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (end_of(&e->list[middle]) <= sector) low = middle + 1;
        else high = middle;
    }
    return low;
}

bool tfs_extents_hole(const struct tfs_extents *e, uint64_t from, uint64_t to, uint64_t *start, uint64_t *end) {
    for (size_t i = tfs_extents_from(e, from); from < to; i++) {
        uint64_t next = i < e->count ? e->list[i].file : to;
        if (next > from) {
            *start = from;
            *end = next < to ? next : to;
            return true;
        }
        from = end_of(&e->list[i]);
    }
    return false;
}

bool tfs_extents_cover(const struct tfs_extents *e, uint64_t from, uint64_t to) {
    uint64_t start, end;
    return !tfs_extents_hole(e, from, to, &start, &end);
}

static size_t key_of(char *key, uint64_t sector) {
    return (size_t)format_text(key, KEY, "%llu", (unsigned long long)sector);
}

static struct tfs_node *tuple_of(struct tfs *t, const struct tfs_extents *e) {
    return tfs_get_tuple(t, e->file, "extents", 7);
}

static struct tfs_node *node_of(struct tfs *t, const struct tfs_extents *e, const struct tfs_extent *x) {
    char key[KEY];
    size_t length = key_of(key, x->file);
    struct tfs_node *tuple = tuple_of(t, e);
    return tuple ? tfs_get_tuple(t, tuple, key, length) : NULL;
}

static int reserve(struct tfs_extents *e, size_t more) {
    if (e->count + more <= e->capacity) return 0;
    size_t capacity = e->capacity * 2 + more + 2;
    struct tfs_extent *larger = krealloc(e->list, capacity * sizeof *larger);
    if (!larger) return -ENOMEM;
    e->list = larger;
    e->capacity = capacity;
    return 0;
}

static void insert(struct tfs_extents *e, size_t at, const struct tfs_extent *x) {
    memmove(&e->list[at + 1], &e->list[at], (e->count - at) * sizeof *e->list);
    e->list[at] = *x;
    e->count++;
}

static void erase(struct tfs_extents *e, size_t at) {
    memmove(&e->list[at], &e->list[at + 1], (e->count - at - 1) * sizeof *e->list);
    e->count--;
}

/// Puts a new extent into the tree.
static int put_node(struct tfs *t, const struct tfs_extents *e, const struct tfs_extent *x) {
    struct tfs_node *tuple = tuple_of(t, e), *node = tfs_node_make(t, TFS_TUPLE);
    char key[KEY];
    int result = tuple ? (node ? 0 : -ENOMEM) : -EINVAL;
    if (result == 0) result = tfs_put_number(t, node, "offset", x->disk);
    if (result == 0) result = tfs_put_number(t, node, "length", x->length);
    if (result == 0) result = tfs_put_number(t, node, "allocated", x->allocated);
    if (result == 0 && x->uninited) result = tfs_put_true(t, node, "uninited");
    if (result == 0) result = tfs_put_node(t, tuple, key, key_of(key, x->file), node);
    if (result != 0 && node) tfs_node_free(t, node);
    return result;
}

static int delete_node(struct tfs *t, const struct tfs_extents *e, const struct tfs_extent *x) {
    char key[KEY];
    size_t length = key_of(key, x->file);
    return tfs_delete(t, tuple_of(t, e), key, length);
}

/// Sets an extent's length, in sectors that lie behind each other on the disk anyway.
static int set_length(struct tfs *t, const struct tfs_extents *e, struct tfs_extent *x, uint64_t length) {
    struct tfs_node *node = node_of(t, e, x);
    if (!node) return -EINVAL;
    int result = tfs_put_number(t, node, "length", length);
    if (result == 0) result = tfs_put_number(t, node, "allocated", length);
    if (result == 0) x->length = x->allocated = length;
    return result;
}

static bool continues(const struct tfs_extent *a, const struct tfs_extent *b) {
    return end_of(a) == b->file && a->disk + a->length == b->disk && a->length == a->allocated &&
           b->length == b->allocated && a->uninited == b->uninited && a->length + b->length <= LONGEST;
}

int tfs_extents_add(struct tfs *t, struct tfs_extents *e, const struct tfs_extent *extent) {
    size_t at = tfs_extents_from(e, extent->file);
    if (at > 0 && continues(&e->list[at - 1], extent)) {
        return set_length(t, e, &e->list[at - 1], e->list[at - 1].length + extent->length);
    }
    int result = reserve(e, 1);
    if (result == 0) result = put_node(t, e, extent);
    if (result == 0) insert(e, at, extent);
    return result;
}

/// Makes two of the extent that has `sector` inside of it.
static int split(struct tfs *t, struct tfs_extents *e, uint64_t sector) {
    size_t at = tfs_extents_from(e, sector);
    if (at == e->count || e->list[at].file >= sector) return 0;
    int result = reserve(e, 1);
    if (result != 0) return result;
    struct tfs_extent upper = e->list[at];
    uint64_t lower = sector - upper.file;
    upper.file = sector;
    upper.disk += lower;
    upper.length -= lower;
    upper.allocated -= lower;
    result = put_node(t, e, &upper);
    if (result == 0) result = set_length(t, e, &e->list[at], lower);
    if (result == 0) insert(e, at + 1, &upper);
    return result;
}

int tfs_extents_written(struct tfs *t, struct tfs_extents *e, uint64_t from, uint64_t to) {
    int result = 0;
    for (size_t i = tfs_extents_from(e, from); result == 0 && i < e->count && e->list[i].file < to; i++) {
        if (!e->list[i].uninited) continue;
        uint64_t start = e->list[i].file > from ? e->list[i].file : from;
        uint64_t end = end_of(&e->list[i]) < to ? end_of(&e->list[i]) : to;
        result = split(t, e, start);
        if (result == 0) result = split(t, e, end);
        if (result != 0) break;
        i = tfs_extents_from(e, start);
        struct tfs_extent *x = &e->list[i];
        if (i > 0) {
            struct tfs_extent as_written = *x;
            as_written.uninited = false;
            // Written from its start on, as files are, it grows at the cost of the one behind it.
            if (continues(&e->list[i - 1], &as_written)) {
                result = delete_node(t, e, x);
                if (result == 0) result = set_length(t, e, &e->list[i - 1], e->list[i - 1].length + x->length);
                if (result == 0) erase(e, i--);
                continue;
            }
        }
        struct tfs_node *node = node_of(t, e, x);
        result = node ? tfs_delete(t, node, "uninited", 8) : -EINVAL;
        if (result == 0) x->uninited = false;
    }
    return result;
}

int tfs_extents_remove(struct tfs *t, struct tfs_extents *e, uint64_t from, uint64_t to) {
    size_t at = tfs_extents_from(e, from);
    int result = tfs_writer_begin(t);
    // The end of the last one, which truncation cuts most, needs no extent of its own that goes again at once.
    if (result == 0 && at < e->count && e->list[at].file < from && end_of(&e->list[at]) <= to) {
        struct tfs_extent *x = &e->list[at];
        struct tfs_extent cut = *x;
        result = set_length(t, e, x, from - x->file);
        if (result == 0) tfs_space_give(t, x->disk + x->length, cut.allocated - x->length);
        at++;
    } else if (result == 0) {
        result = split(t, e, from);
        at = tfs_extents_from(e, from);
    }
    if (result == 0) result = split(t, e, to);
    while (result == 0 && at < e->count && e->list[at].file < to) {
        struct tfs_extent gone = e->list[at];
        result = delete_node(t, e, &gone);
        if (result != 0) break;
        erase(e, at);
        tfs_space_give(t, gone.disk, gone.allocated);
    }
    return result;
}
