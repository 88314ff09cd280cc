// The extents of one file, sorted, and changes of them: in memory, in the tree and in the log at once (edit.h).
#pragma once

#include "fs/tfs/edit.h"

struct tfs_extents {
    struct tfs_node *file;
    struct tfs_extent *list; // by place in the file; they do not overlap
    size_t count, capacity;
};

/// Reads them from the tree. 0, -ENOMEM, -EINVAL if they are broken.
int tfs_extents_load(struct tfs *t, struct tfs_node *file, struct tfs_extents *e);
void tfs_extents_free(struct tfs_extents *e);

/// The first extent that ends behind `sector` of the file; `count` if there is none.
size_t tfs_extents_from(const struct tfs_extents *e, uint64_t sector);
/// Whether every sector of [from, to) has its place on the disk.
bool tfs_extents_cover(const struct tfs_extents *e, uint64_t from, uint64_t to);
/// The first run of sectors in [from, to) without a place: its start and end, or false.
bool tfs_extents_hole(const struct tfs_extents *e, uint64_t from, uint64_t to, uint64_t *start, uint64_t *end);

/// Adds an extent where the file has none. It becomes a part of the one before it where both lie together.
int tfs_extents_add(struct tfs *t, struct tfs_extents *e, const struct tfs_extent *extent);
/// Says that [from, to) was written: what was `uninited` there is not any more.
int tfs_extents_written(struct tfs *t, struct tfs_extents *e, uint64_t from, uint64_t to);
/// Sets the sectors of [from, to) free.
int tfs_extents_remove(struct tfs *t, struct tfs_extents *e, uint64_t from, uint64_t to);
