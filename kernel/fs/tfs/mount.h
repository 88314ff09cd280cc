// A TFS on a disk as a file system of the vfs.
#pragma once

#include "dev/block.h"
#include "fs/dentry.h"
#include "fs/tfs/tfs.h"

struct tfs_mount {
    struct tfs tfs;
    struct filesystem filesystem;
    struct block_device *disk;
    uint64_t first_sector; // on the disk
    struct mutex
        lock; // of the tree, the log and the free space; the innermost of all locks that are held while sleeping
    struct list changed; // inodes whose times the log does not have yet
};

/// Looks at the file system that begins at `first_sector` without mounting it: its UUID and label. False if there is
/// none.
bool tfs_identify(struct block_device *disk, uint64_t first_sector, uint8_t uuid[TFS_UUID], char label[TFS_LABEL]);
/// Replays the log of the file system at `first_sector` and makes its root. 0; -EIO, -ENOMEM, or -EINVAL with a
/// sentence in `*why`. What is mounted stays for ever.
int tfs_mount(struct block_device *disk, uint64_t first_sector, uint64_t sectors, struct tfs_mount **mount,
              struct dentry **root, const char **why);
