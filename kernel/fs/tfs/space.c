// Free sectors.

#include "fs/tfs/space.h"
#include "fs/tfs/log.h"
#include "fs/tfs/tfs.h"
#include "lib/errno.h"
#include "mem/heap.h"

static int use_file(struct tfs *t, const struct tfs_node *node) {
    const struct tfs_node *tuple = tfs_get_tuple(t, node, "extents", 7);
    if (!tuple) return 0;
    for (const struct tfs_entry *e = tfs_next(tuple, 0); e; e = tfs_next(tuple, e->value.order + 1)) {
        struct tfs_extent extent;
        if (!tfs_extent_read(t, e, &extent)) return -EINVAL;
        int result = runs_remove(&t->space.free, extent.disk, extent.allocated);
        if (result != 0) return result == -ENOENT ? -EINVAL : result;
    }
    return 0;
}

int tfs_space_build(struct tfs *t) {
    t->space = (struct tfs_space){0};
    int result = runs_add(&t->space.free, 0, t->source.sectors);
    for (uint32_t i = 0; result == 0 && i < t->extension_count; i++) {
        result = runs_remove(&t->space.free, t->extensions[i].sector, t->extensions[i].sectors);
    }
    // Every node once, however many names it has. `extents` are attributes of files alone.
    for (struct list *at = t->nodes.next; result == 0 && at != &t->nodes; at = at->next) {
        const struct tfs_node *node = container_of(at, struct tfs_node, all);
        if (node->kind == TFS_TUPLE) result = use_file(t, node);
    }
    if (result != 0) tfs_space_free(t);
    return result == -ENOENT ? -EINVAL : result;
}

void tfs_space_free(struct tfs *t) {
    runs_clear(&t->space.free);
    runs_clear(&t->space.waiting);
}

void tfs_space_want_spares(struct tfs *t, unsigned count) {
    struct tfs_space *s = &t->space;
    s->spares_wanted = count < TFS_SPARES_MOST ? count : TFS_SPARES_MOST;
    while (s->spare_count > s->spares_wanted &&
           runs_add(&s->free, s->spares[s->spare_count - 1], TFS_EXTENSION_SECTORS) == 0) {
        s->spare_count--;
    }
    tfs_space_keep_spares(t);
}

void tfs_space_keep_spares(struct tfs *t) {
    struct tfs_space *s = &t->space;
    while (s->spare_count < s->spares_wanted && s->free.total >= s->promised + TFS_EXTENSION_SECTORS) {
        uint64_t start, count;
        if (!runs_find(&s->free, TFS_EXTENSION_SECTORS, &start, &count)) return;
        if (runs_remove(&s->free, start, TFS_EXTENSION_SECTORS) != 0) return;
        s->spares[s->spare_count++] = start;
    }
}

void tfs_space_settle(struct tfs *t) {
    uint64_t start, count;
    while (runs_pop(&t->space.waiting, &start, &count)) {
        // Without memory for a run its sectors are lost until the next start, no more.
        (void)runs_add(&t->space.free, start, count);
    }
    tfs_space_keep_spares(t);
}

uint64_t tfs_space_available(const struct tfs *t) {
    const struct tfs_space *s = &t->space;
    if (s->spare_count < s->spares_wanted) return 0;
    return s->free.total > s->promised ? s->free.total - s->promised : 0;
}

int tfs_space_promise(struct tfs *t, uint64_t count) {
    if (tfs_space_available(t) < count) return -ENOSPC;
    __atomic_fetch_add(&t->space.promised, count, __ATOMIC_RELAXED);
    return 0;
}

void tfs_space_unpromise(struct tfs *t, uint64_t count) {
    __atomic_fetch_sub(&t->space.promised, count, __ATOMIC_RELAXED);
}

int tfs_space_take(struct tfs *t, uint64_t near, uint64_t *start, uint64_t *count) {
    struct runs *free = &t->space.free;
    uint64_t length = near ? runs_at(free, near) : 0;
    *start = near;
    if (length == 0 && !runs_find(free, *count, start, &length)) {
        if (!runs_find(free, runs_longest(free), start, &length) || length == 0) return -ENOSPC;
    }
    if (*count > length) *count = length;
    return runs_remove(free, *start, *count);
}

void tfs_space_give(struct tfs *t, uint64_t start, uint64_t count) { (void)runs_add(&t->space.waiting, start, count); }

uint64_t tfs_space_take_for_log(struct tfs *t) {
    struct tfs_space *s = &t->space;
    uint64_t start = 0, count;
    // What is free first: the spares are for when nothing else is.
    if (s->free.total >= s->promised + TFS_EXTENSION_SECTORS &&
        runs_find(&s->free, TFS_EXTENSION_SECTORS, &start, &count) &&
        runs_remove(&s->free, start, TFS_EXTENSION_SECTORS) == 0) {
        return start;
    }
    return s->spare_count > 0 ? s->spares[--s->spare_count] : 0;
}

unsigned tfs_space_log_runs(const struct tfs *t, unsigned most) {
    unsigned n = t->space.spare_count;
    // Longer runs hold several, but to know of one run for each is enough where the log is small.
    uint64_t whole = runs_longest(&t->space.free) / TFS_EXTENSION_SECTORS;
    uint64_t allowed =
        t->space.free.total > t->space.promised ? (t->space.free.total - t->space.promised) / TFS_EXTENSION_SECTORS : 0;
    n += (unsigned)(whole < allowed ? (whole < most ? whole : most) : (allowed < most ? allowed : most));
    return n < most ? n : most;
}
