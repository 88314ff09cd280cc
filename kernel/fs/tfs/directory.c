// Directories of a mounted TFS, and its symbolic links: looking names up, making, moving and removing them.

#include "fs/tfs/edit.h"
#include "fs/tfs/node.h"
#include "fs/tfs/tree.h"
#include "lib/errno.h"
#include "lib/string.h"

static struct tfs_node *child_of(const struct inode *directory, const char *name, size_t length) {
    const struct tfs *t = &tfs_mount_of(directory)->tfs;
    const struct tfs_node *children = tfs_get_tuple(t, tfs_node_of(directory), "children", 8);
    return children ? tfs_get_tuple(t, children, name, length) : NULL;
}

static int lookup(struct inode *directory, const char *name, size_t length, struct inode **found) {
    struct tfs_mount *mount = tfs_mount_of(directory);
    mutex_lock(&mount->lock);
    struct tfs_node *node = child_of(directory, name, length);
    int result = node ? tfs_inode_get(mount, node, found) : -ENOENT;
    mutex_unlock(&mount->lock);
    return result;
}

static bool name_is_sound(const struct tfs_symbol *name) {
    return name->length > 0 && name->length <= 255 && !memchr(name->bytes, '/', name->length) &&
           !memchr(name->bytes, '\0', name->length) && strcmp(name->bytes, ".") != 0 && strcmp(name->bytes, "..") != 0;
}

/// The first entry with a sound name at `*position`, which goes behind it.
static const struct tfs_entry *next_entry(const struct tfs *t, const struct inode *directory, uint64_t *position) {
    const struct tfs_node *children = tfs_get_tuple(t, tfs_node_of(directory), "children", 8);
    while (children && *position <= UINT32_MAX) {
        const struct tfs_entry *e = tfs_next(children, (uint32_t)*position);
        if (!e) return NULL;
        *position = (uint64_t)e->value.order + 1;
        if (e->value.kind == TFS_TUPLE && name_is_sound(e->name)) return e;
    }
    return NULL;
}

static int list(struct inode *directory, uint64_t *position, struct directory_entry *entry) {
    struct tfs_mount *mount = tfs_mount_of(directory);
    const struct inode_operations *ignored;
    mutex_lock(&mount->lock);
    // Names stay where they are while the name lock is held.
    const struct tfs_entry *e = next_entry(&mount->tfs, directory, position);
    if (e) {
        *entry = (struct directory_entry){.name = e->name->bytes,
                                          .length = e->name->length,
                                          .inode_number = e->value.node->identity,
                                          .mode = tfs_mode_of(&mount->tfs, e->value.node, &ignored)};
    }
    mutex_unlock(&mount->lock);
    return e != NULL;
}

/// A node of the kind that `mode` says and its inode. The mount's lock is held.
static int make_node(struct tfs_mount *mount, uint32_t mode, const char *target, struct inode **made) {
    struct tfs_node *node;
    enum tfs_type type = TFS_OTHER;
    if ((mode & MODE_TYPE) == MODE_FILE) type = TFS_FILE;
    if ((mode & MODE_TYPE) == MODE_DIRECTORY) type = TFS_DIRECTORY;
    if ((mode & MODE_TYPE) == MODE_LINK) type = TFS_LINK;
    if ((mode & MODE_TYPE) == MODE_SOCKET) type = TFS_SOCKET;
    if (type == TFS_OTHER) return -EPERM;
    int result = tfs_make(&mount->tfs, type, target, tfs_now(), &node);
    if (result != 0) return result;
    result = tfs_inode_get(mount, node, made);
    if (result != 0) {
        tfs_node_free(&mount->tfs, node);
        return result;
    }
    (*made)->mode = mode;
    (*made)->mode_chosen = mode_is_special(mode);
    inode_drop(*made); // what a node with a name keeps
    return 0;
}

static int make(struct inode *directory, const char *name, size_t length, uint32_t mode, const char *target,
                struct inode **made) {
    struct tfs_mount *mount = tfs_mount_of(directory);
    struct inode *inode = NULL;
    mutex_lock(&mount->lock);
    int result = child_of(directory, name, length) ? -EEXIST : make_node(mount, mode, target, &inode);
    if (result == 0) result = tfs_name(&mount->tfs, tfs_node_of(directory), name, length, tfs_node_of(inode));
    if (result == 0) {
        inode_take(inode); // the node's own reference
        inode->links = 1;
    }
    mutex_unlock(&mount->lock);
    if (result == 0) {
        if (inode->mode_chosen) tfs_changed(inode);
        inode_touch(directory, true);
        *made = inode;
    } else {
        inode_drop(inode);
    }
    return result;
}

static int make_unnamed(struct inode *directory, uint32_t mode, struct inode **made) {
    struct tfs_mount *mount = tfs_mount_of(directory);
    mutex_lock(&mount->lock);
    int result = make_node(mount, mode, NULL, made);
    mutex_unlock(&mount->lock);
    if (result == 0) (*made)->links = 0;
    if (result == 0 && (*made)->mode_chosen) tfs_changed(*made);
    return result;
}

static int link(struct inode *directory, const char *name, size_t length, struct inode *inode) {
    struct tfs_mount *mount = tfs_mount_of(directory);
    mutex_lock(&mount->lock);
    bool first = tfs_node_of(inode)->refs == 0;
    int result = child_of(directory, name, length) ? -EEXIST : 0;
    if (result == 0) result = tfs_name(&mount->tfs, tfs_node_of(directory), name, length, tfs_node_of(inode));
    if (result == 0 && first) inode_take(inode);
    mutex_unlock(&mount->lock);
    if (result != 0) return result;
    inode->links++;
    inode_touch(inode, false);
    inode_touch(directory, true);
    return 0;
}

static bool is_empty(const struct inode *directory) {
    const struct tfs_node *children =
        tfs_get_tuple(&tfs_mount_of(directory)->tfs, tfs_node_of(directory), "children", 8);
    return !children || children->live == 0;
}

/// A node has lost a name.
static void lose_name(struct inode *inode) {
    bool last = tfs_node_of(inode)->refs == 0;
    if (inode->links > 0) inode->links = last ? 0 : inode->links - 1;
    inode_touch(inode, false);
    if (last) inode_drop(inode); // what the node had
}

static int remove(struct inode *directory, const char *name, size_t length, struct inode *inode) {
    struct tfs_mount *mount = tfs_mount_of(directory);
    mutex_lock(&mount->lock);
    int result = child_of(directory, name, length) == tfs_node_of(inode) ? 0 : -ENOENT;
    if (result == 0 && inode_is(inode, MODE_DIRECTORY) && !is_empty(inode)) result = -ENOTEMPTY;
    if (result == 0) result = tfs_unname(&mount->tfs, tfs_node_of(directory), name, length);
    mutex_unlock(&mount->lock);
    if (result != 0) return result;
    lose_name(inode);
    inode_touch(directory, true);
    return 0;
}

static int rename(struct inode *from, const char *name, size_t length, struct inode *inode, struct inode *to,
                  const char *new_name, size_t new_length) {
    struct tfs_mount *mount = tfs_mount_of(from);
    struct inode *replaced = NULL;
    mutex_lock(&mount->lock);
    int result = child_of(from, name, length) == tfs_node_of(inode) ? 0 : -ENOENT;
    struct tfs_node *there = child_of(to, new_name, new_length);
    if (result == 0 && there) result = tfs_inode_get(mount, there, &replaced);
    if (result == 0 && replaced && inode_is(replaced, MODE_DIRECTORY) && !is_empty(replaced)) result = -ENOTEMPTY;
    if (result == 0) {
        result = tfs_move(&mount->tfs, tfs_node_of(from), name, length, tfs_node_of(to), new_name, new_length);
    }
    mutex_unlock(&mount->lock);
    if (result == 0) {
        if (replaced) lose_name(replaced);
        inode_touch(inode, false);
        inode_touch(from, true);
        inode_touch(to, true);
    }
    inode_drop(replaced);
    return result;
}

static int exchange(struct inode *a, const char *a_name, size_t a_length, struct inode *b, const char *b_name,
                    size_t b_length) {
    struct tfs_mount *mount = tfs_mount_of(a);
    mutex_lock(&mount->lock);
    int result = tfs_exchange(&mount->tfs, tfs_node_of(a), a_name, a_length, tfs_node_of(b), b_name, b_length);
    mutex_unlock(&mount->lock);
    if (result != 0) return result;
    inode_touch(a, true);
    inode_touch(b, true);
    return 0;
}

static long read_link(struct inode *link_inode, char *to, size_t cap) {
    const struct tfs *t = &tfs_mount_of(link_inode)->tfs;
    const struct tfs_string *target = tfs_get(t, tfs_node_of(link_inode), "linktarget", 10)->string;
    if (target->length > cap) return -ENAMETOOLONG;
    memcpy(to, target->bytes, target->length);
    return (long)target->length;
}

const struct inode_operations tfs_directory_operations = {.lookup = lookup,
                                                          .list = list,
                                                          .make = make,
                                                          .make_unnamed = make_unnamed,
                                                          .link = link,
                                                          .remove = remove,
                                                          .rename = rename,
                                                          .exchange = exchange,
                                                          .attributes = &tfs_attributes,
                                                          .sync = tfs_sync,
                                                          .changed = tfs_changed,
                                                          .destroy = tfs_destroy};
const struct inode_operations tfs_link_operations = {.read_link = read_link,
                                                     .attributes = &tfs_attributes,
                                                     .sync = tfs_sync,
                                                     .changed = tfs_changed,
                                                     .destroy = tfs_destroy};
const struct inode_operations tfs_other_operations = {.sync = tfs_sync, .changed = tfs_changed, .destroy = tfs_destroy};
