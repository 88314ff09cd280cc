// Extended attributes of a mounted TFS: the tuple `xattrs` of a node, from names to strings. Kernels that know nothing
// of it keep it as it is.

#include "fs/attributes.h"
#include "fs/tfs/edit.h"
#include "fs/tfs/node.h"
#include "lib/errno.h"
#include "lib/string.h"

/// The whole tree is in memory, and so are these: a value is a small thing, as on most disks.
enum { LARGEST = 4096 };

static const char attribute[] = "xattrs";

static struct tfs_node *tuple_of(const struct inode *inode) {
    return tfs_get_tuple(&tfs_mount_of(inode)->tfs, tfs_node_of(inode), attribute, sizeof attribute - 1);
}

static const struct tfs_value *find(const struct inode *inode, const char *name) {
    const struct tfs_node *tuple = tuple_of(inode);
    const struct tfs_value *v = tuple ? tfs_get(&tfs_mount_of(inode)->tfs, tuple, name, strlen(name)) : NULL;
    return v && v->kind == TFS_STRING ? v : NULL;
}

static long get(struct inode *inode, const char *name, void *to, size_t cap) {
    struct tfs_mount *mount = tfs_mount_of(inode);
    mutex_lock(&mount->lock);
    const struct tfs_value *v = find(inode, name);
    long result = v ? (long)v->string->length : -ENODATA;
    if (v && cap > 0) {
        if (v->string->length > cap) result = -ERANGE;
        else memcpy(to, v->string->bytes, v->string->length);
    }
    mutex_unlock(&mount->lock);
    return result;
}

static int set(struct inode *inode, const char *name, const void *value, size_t length, unsigned flags) {
    struct tfs_mount *mount = tfs_mount_of(inode);
    struct tfs *t = &mount->tfs;
    if (length > LARGEST) return -ENOSPC;
    mutex_lock(&mount->lock);
    int result = attribute_may_set(find(inode, name) != NULL, flags);
    if (result == 0) result = tfs_writer_begin(t);
    if (result == 0) result = tfs_log_room(t);
    if (result == 0 && !tuple_of(inode)) result = tfs_put_empty_tuple(t, tfs_node_of(inode), attribute);
    if (result == 0) result = tfs_put_string(t, tuple_of(inode), name, value, length);
    mutex_unlock(&mount->lock);
    return result;
}

static int remove(struct inode *inode, const char *name) {
    struct tfs_mount *mount = tfs_mount_of(inode);
    struct tfs *t = &mount->tfs;
    mutex_lock(&mount->lock);
    int result = find(inode, name) ? 0 : -ENODATA;
    if (result == 0) result = tfs_delete(t, tuple_of(inode), name, strlen(name));
    if (result == 0 && tuple_of(inode)->live == 0) {
        result = tfs_delete(t, tfs_node_of(inode), attribute, sizeof attribute - 1);
    }
    mutex_unlock(&mount->lock);
    return result;
}

static long list(struct inode *inode, char *to, size_t cap) {
    struct tfs_mount *mount = tfs_mount_of(inode);
    size_t length = 0;
    int result = 0;
    mutex_lock(&mount->lock);
    const struct tfs_node *tuple = tuple_of(inode);
    const struct tfs_entry *e = tuple ? tfs_next(tuple, 0) : NULL;
    for (; e && result == 0; e = tfs_next(tuple, e->value.order + 1)) {
        if (e->value.kind == TFS_STRING) result = attribute_list_add(to, cap, &length, e->name->bytes);
    }
    mutex_unlock(&mount->lock);
    return result == 0 ? (long)length : result;
}

const struct attribute_operations tfs_attributes = {.get = get, .set = set, .remove = remove, .list = list};
