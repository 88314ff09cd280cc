// Which sectors of a TFS are free. The format keeps no map of them: it is worked out from the log and the extents of
// all files when the first change is made.
//
// Sectors that a change sets free wait until that change is safe on the disk: after a power cut the log may still say
// that they belong to the file that they belonged to. Two runs of 1024 sectors are kept aside for the log itself, one
// for making it longer and one for writing it anew (more for a large tree); without them data finds no room, as in the
// reference kernel.
#pragma once

#include "mem/runs.h"

struct tfs;

enum { TFS_SPARES_MOST = 64 };

struct tfs_space {
    struct runs free;
    struct runs waiting; // set free by changes that are not safe on the disk yet
    uint64_t spares[TFS_SPARES_MOST]; // first sectors of runs for the log
    unsigned spare_count, spares_wanted;
    uint64_t promised; // sectors of `free` that dirty pages will take
};

/// Works out what is free. 0; -ENOMEM; -EINVAL if two things use one sector: such a volume is not written to.
int tfs_space_build(struct tfs *t);
void tfs_space_free(struct tfs *t);
/// Says how many runs are to be kept aside for the log.
void tfs_space_want_spares(struct tfs *t, unsigned count);
/// Fills up the spares. Called whenever sectors have become free.
void tfs_space_keep_spares(struct tfs *t);
/// Everything that waits is free from now on: the log on the disk says so.
void tfs_space_settle(struct tfs *t);

/// Promises `count` sectors for later. 0 or -ENOSPC.
int tfs_space_promise(struct tfs *t, uint64_t count);
/// Callable without the lock that all else here wants.
void tfs_space_unpromise(struct tfs *t, uint64_t count);
/// Takes at most `count` sectors (in one run, `*count` becomes its length), at `near` if that is free, else in the
/// first run that holds them all, else in the longest. 0 or -ENOSPC.
int tfs_space_take(struct tfs *t, uint64_t near, uint64_t *start, uint64_t *count);
/// Sets sectors free, from the next settling on.
void tfs_space_give(struct tfs *t, uint64_t start, uint64_t count);
/// A run of 1024 sectors for the log. 0 if there is none.
uint64_t tfs_space_take_for_log(struct tfs *t);
/// How many runs of 1024 sectors the log could take, counted up to `most`.
unsigned tfs_space_log_runs(const struct tfs *t, unsigned most);
/// Sectors that new data may take.
uint64_t tfs_space_available(const struct tfs *t);
