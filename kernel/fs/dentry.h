// Dentries: places in the tree of names. Each place that somebody holds exists once, so that a rename is seen by all.
//
// A dentry lives as long as it is referenced; it refers to its parent. Mounts hang on dentries, also on names that the
// directory below does not have (an image without /dev has one all the same).
#pragma once

#include "fs/inode.h"

struct dentry {
    struct dentry *parent; // null: the root of a file system
    struct inode *inode; // null: only a name to mount on
    struct dentry *mounted; // root of what is mounted here; null
    struct dentry *covers; // of such a root: the place it is mounted on
    struct dentry *next; // in the hash of names
    uint32_t hash;
    unsigned refs;
    bool detached; // its name is gone
    bool provided; // its directory does not have it: it is the kernel's own, for ever (usual_places.c)
    bool hides; // so provided, in place of what its directory has
    bool temporary; // it never had one, and may get one
    uint16_t length;
    char *name; // with a NUL behind it
};

/// Held while names are looked up or changed.
extern struct mutex name_lock;

/// A root for `inode`, whose reference is taken over. Null without memory.
struct dentry *dentry_root(struct inode *inode);
void dentry_take(struct dentry *d);
void dentry_drop(struct dentry *d);
unsigned dentry_count(void);

/// The place `name` below `parent`, with a reference. -ENOENT, -ENOTDIR, -ENOMEM. The name lock is held.
int dentry_child(struct dentry *parent, const char *name, size_t length, struct dentry **child);
/// Puts `root` over the name below `parent`, and keeps both for ever. 0 or -ENOMEM.
int dentry_mount(struct dentry *parent, const char *name, struct dentry *root);
/// The n-th place that something is mounted on, in the order in which that was done; null behind the last.
const struct dentry *dentry_mount_point(unsigned n);
/// Puts a name below `parent` for `inode`, whose reference is taken over: one that its directory does not have, or
/// `hides`. 0 or -ENOMEM.
int dentry_provide(struct dentry *parent, const char *name, struct inode *inode, bool hides);
/// A folder that is only provided becomes one of its file system, with those above it, so that something can be made in
/// it. 0, or what making a folder gives; on what can't be written it stays as it is.
int dentry_make_real(struct dentry *d);
/// The n-th name that is provided or mounted on below `parent` although its directory does not have it; null behind the
/// last.
const struct dentry *dentry_extra_name(const struct dentry *parent, unsigned n);
/// The directory has removed a name: its holders keep it, detached. The name lock is held.
void dentry_forget(struct dentry *parent, const char *name, size_t length);
/// The directory has renamed: its holders see its new name. 0 or -ENOMEM; the name lock is held.
int dentry_move(struct dentry *from, const char *name, size_t length, struct dentry *to, const char *new_name,
                size_t new_length);

/// The directories have given two names each other's nodes: their holders see that. The name lock is held.
void dentry_exchange(struct dentry *a, struct dentry *b);
/// A place below `near` that no directory knows, for `inode`, whose reference is taken over. Null without memory. Its
/// name is only for show.
struct dentry *dentry_unnamed(struct dentry *near, const char *name, struct inode *inode);

/// The path from the root of everything. Its length, or -ENAMETOOLONG; " (deleted)" is added where the name is gone.
long dentry_path(const struct dentry *d, char *to, size_t cap);
