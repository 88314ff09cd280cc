// Path walk: from a path to a place.
#pragma once

#include "fs/dentry.h"

enum { PATH_LONGEST = 4096, NAME_LONGEST = 255, LINKS_MOST = 40 };

enum walk_flags {
    WALK_NO_FOLLOW = 1, // a symbolic link at the end is the answer itself
    WALK_DIRECTORY = 2, // the answer must be a directory
    // As openat2's `resolve`, eight bits further up.
    WALK_ONE_MOUNT = 1 << 8,
    WALK_NO_JUMPS = 2 << 8,
    WALK_NO_LINKS = 4 << 8,
    WALK_BENEATH = 8 << 8,
    WALK_IN_ROOT = 16 << 8,
    WALK_RESOLVE = 31 << 8,
};

/// Where a path that begins with "/" starts. Set once, when the root is mounted.
void walk_set_root(struct dentry *root);
struct dentry *walk_root(void);

/// The place that `path` means, seen from `from`. `*found` comes with a reference and has an inode.
/// -ENOENT (also for an empty path), -ENOTDIR, -ELOOP, -ENAMETOOLONG, -ENOMEM, -EXDEV.
int walk_path(struct dentry *from, const char *path, unsigned flags, struct dentry **found);

/// The directory and the last name of `path`, for calls that make or remove a name. The name may not exist.
struct walk_end {
    struct dentry *parent; // with a reference
    char name[NAME_LONGEST + 1];
    size_t length;
    bool trailing_slash;
};

/// Follows everything but the last name. -EEXIST where the path has none (`length` is then that of the dots, 0 for
/// `/`), else as walk_path.
int walk_parent(struct dentry *from, const char *path, unsigned flags, struct walk_end *end);
