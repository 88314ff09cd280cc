// As much of a TFS tree as it takes to find one file directly under the root.
//
// The whole log is replayed (a later record may change what an earlier one said), but of the tuples only the attributes
// that lead to a file are kept: `children`, the file's name, `extents`, `filelength`, and what describes an extent.
#pragma once

#include <stdint.h>

#include "tfs_dictionary.h"
#include "tfs_file.h"
#include "tfs_log.h"

/// Values within values. A boot file system needs 5; directories nest by two a level.
#define TREE_DEPTH 128

struct tree_frame {
    uint32_t owner; // the tuple or vector being filled, by its number in the dictionary
    uint32_t is_vector;
    uint32_t name; // which attribute of the enclosing tuple it becomes
    uint64_t remaining; // attributes or elements still to come
};

struct tfs_tree {
    struct tfs_log log;
    struct tfs_dictionary dictionary;
    uint32_t depth;
    struct tree_frame frames[TREE_DEPTH];
};

/// Replays the log of `volume`, keeping what leads to the file `sought`. The arena (aligned to 8 bytes) holds what is
/// kept: 8 bytes for each name and tuple in the log, 20 to 24 for each attribute of interest.
fault_t tree_replay(struct tfs_tree *tree, struct volume *volume, const char *sought, void *arena, size_t arena_bytes);

/// Where the contents of the sought file are. A fault if there is none, or if it is not a regular file.
fault_t tree_find(const struct tfs_tree *tree, struct tfs_file *file);
