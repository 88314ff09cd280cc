// What the inodes of a mounted TFS are made of. For fs/tfs/*.c.
#pragma once

#include "fs/tfs/extents.h"
#include "fs/tfs/mount.h"

/// Hangs on the inode.
struct tfs_inode {
    struct inode *inode;
    struct tfs_node *node;
    struct tfs_extents extents;
    bool has_extents; // `extents` was read
    bool times_changed; // in mount->changed
    struct list changed;
    uint64_t disk_size; // the length that the log says
};

static inline struct tfs_mount *tfs_mount_of(const struct inode *inode) { return inode->filesystem->data; }
static inline struct tfs_inode *tfs_inode_of(const struct inode *inode) { return inode->data; }
static inline struct tfs_node *tfs_node_of(const struct inode *inode) { return tfs_inode_of(inode)->node; }

extern const struct inode_operations tfs_directory_operations, tfs_file_operations, tfs_link_operations,
    tfs_other_operations;

extern const struct attribute_operations tfs_attributes;

/// The type bits and usual permissions of a node, and the operations that go with them.
uint32_t tfs_mode_of(const struct tfs *t, const struct tfs_node *node, const struct inode_operations **operations);
/// The inode of a node, with a reference; a node with names keeps another. The mount's lock is held. 0 or -ENOMEM.
int tfs_inode_get(struct tfs_mount *mount, struct tfs_node *node, struct inode **found);
/// 32.32 fixed point seconds of now.
uint64_t tfs_now(void);

/// Operations that all kinds of inodes share.
int tfs_sync(struct inode *inode, bool data_only);
void tfs_changed(struct inode *inode);
void tfs_destroy(struct inode *inode);
/// Sets the sectors of a file free whose last name and last reference are gone. The mount's lock is held.
void tfs_file_free(struct inode *inode);
