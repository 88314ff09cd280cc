// Names: links, directories, the working directory, making and removing.

#include "fs/file.h"
#include "fs/inotify.h"
#include "fs/walk.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/heap.h"
#include "sys/calls.h"
#include "proc/process.h"

enum { AT_REMOVE_DIRECTORY = 0x200, AT_FOLLOW = 0x400, AT_EMPTY_PATH = 0x1000 };

static const uint64_t here = (uint64_t)AT_WORKING_DIRECTORY;

static long walk_user(uint64_t directory, user_ptr_t path, unsigned flags, struct dentry **place) {
    struct user_path p;
    long result = user_path_get(&p, directory, path);
    if (result != 0) return result;
    result = walk_path(p.base, p.text, flags, place);
    user_path_put(&p);
    return result;
}

static long parent_user(uint64_t directory, user_ptr_t path, struct walk_end *end) {
    struct user_path p;
    long result = user_path_get(&p, directory, path);
    if (result != 0) return result;
    result = walk_parent(p.base, p.text, 0, end);
    user_path_put(&p);
    return result;
}

/// The text of a symbolic link; of one that leads to a place, that place's path.
static long link_text(struct inode *link, char *to, size_t cap) {
    struct dentry *place;
    if (!inode_is(link, MODE_LINK)) return -EINVAL;
    if (link->operations->read_link) return link->operations->read_link(link, to, cap);
    if (!link->operations->jump) return -EINVAL;
    int result = link->operations->jump(link, &place);
    if (result != 0) return result;
    long length = dentry_path(place, to, cap);
    dentry_drop(place);
    return length;
}

static long read_link_at(uint64_t directory, user_ptr_t path, user_ptr_t to, int64_t size) {
    struct dentry *place;
    if (size <= 0) return -EINVAL;
    long result = walk_user(directory, path, WALK_NO_FOLLOW, &place);
    if (result != 0) return result;
    char *text = kmalloc(PATH_LONGEST);
    long length = text ? link_text(place->inode, text, PATH_LONGEST) : -ENOMEM;
    if (length > size) length = size;
    if (length > 0 && copy_to_user(to, text, (size_t)length) != 0) length = -EFAULT;
    kfree(text);
    dentry_drop(place);
    return length;
}

long sys_readlink(const struct syscall *c) { return read_link_at(here, c->arg[0], c->arg[1], (int32_t)c->arg[2]); }
long sys_readlinkat(const struct syscall *c) {
    return read_link_at(c->arg[0], c->arg[1], c->arg[2], (int32_t)c->arg[3]);
}

long sys_getcwd(const struct syscall *c) {
    char *path = kmalloc(PATH_LONGEST);
    if (!path) return -ENOMEM;
    long length = process.directory->detached ? -ENOENT : dentry_path(process.directory, path, PATH_LONGEST);
    if (length >= 0) {
        length++;
        if ((uint64_t)length > c->arg[1]) length = -ERANGE;
        else if (copy_to_user(c->arg[0], path, (size_t)length) != 0) length = -EFAULT;
    }
    kfree(path);
    return length;
}

static void move_to(struct dentry *place) {
    struct dentry *old = process.directory;
    process.directory = place;
    dentry_drop(old);
}

long sys_chdir(const struct syscall *c) {
    struct dentry *place;
    long result = walk_user(here, c->arg[0], WALK_DIRECTORY, &place);
    if (result == 0) move_to(place);
    return result;
}

long sys_fchdir(const struct syscall *c) {
    struct file *file = file_of_any(c->arg[0]);
    if (!file) return -EBADF;
    long result = file->place && inode_is(file->inode, MODE_DIRECTORY) ? 0 : -ENOTDIR;
    if (result == 0) {
        dentry_take(file->place);
        move_to(file->place);
    }
    file_drop(file);
    return result;
}

long sys_umask(const struct syscall *c) {
    long old = (long)process.umask;
    process.umask = (uint32_t)c->arg[0] & 0777;
    return old;
}

/// Makes a node of any kind. `target` is a symbolic link's.
static long make_at(uint64_t directory, user_ptr_t path, uint32_t mode, const char *target) {
    struct walk_end end;
    struct inode *made = NULL;
    long result = parent_user(directory, path, &end);
    if (result != 0) return result;
    struct inode *parent = end.parent->inode;
    if (end.trailing_slash && (mode & MODE_TYPE) != MODE_DIRECTORY) result = -ENOENT;
    mutex_lock(&name_lock);
    struct dentry *there;
    bool exists = result == 0 && dentry_child(end.parent, end.name, end.length, &there) == 0;
    if (exists) result = -EEXIST;
    else if (result == 0 && (parent->filesystem->readonly || !parent->operations->make)) result = -EROFS;
    else if (result == 0 && inode_is_removed(parent)) result = -ENOENT;
    else if (result == 0) result = parent->operations->make(parent, end.name, end.length, mode, target, &made);
    mutex_unlock(&name_lock);
    if (exists) dentry_drop(there);
    if (result == 0) inode_made(made, end.parent->inode);
    if (result == 0) inotify_name(parent, end.name, end.length, NOTICE_CREATE, inode_is(made, MODE_DIRECTORY), 0);
    inode_drop(made);
    dentry_drop(end.parent);
    return result;
}

static uint32_t permissions(uint64_t mode) { return (uint32_t)mode & MODE_PERMISSIONS & ~process.umask; }

long sys_mkdir(const struct syscall *c) {
    return make_at(here, c->arg[0], MODE_DIRECTORY | permissions(c->arg[1]), NULL);
}
long sys_mkdirat(const struct syscall *c) {
    return make_at(c->arg[0], c->arg[1], MODE_DIRECTORY | permissions(c->arg[2]), NULL);
}

static long mknod_at(uint64_t directory, user_ptr_t path, uint64_t mode) {
    uint32_t type = (uint32_t)mode & MODE_TYPE;
    if (type == 0) type = MODE_FILE;
    // A TFS has no place for FIFOs, and refuses them itself.
    if (type != MODE_CHARACTER && type != MODE_BLOCK && type != MODE_DIRECTORY && type != MODE_FILE &&
        type != MODE_PIPE && type != MODE_SOCKET)
        return -EINVAL;
    if (type != MODE_FILE && type != MODE_PIPE && type != MODE_SOCKET) return -EPERM;
    return make_at(directory, path, type | permissions(mode), NULL);
}

long sys_mknod(const struct syscall *c) { return mknod_at(here, c->arg[0], c->arg[1]); }
long sys_mknodat(const struct syscall *c) { return mknod_at(c->arg[0], c->arg[1], c->arg[2]); }

static long symlink_at(user_ptr_t target, uint64_t directory, user_ptr_t path) {
    char *text = kmalloc(PATH_LONGEST);
    if (!text) return -ENOMEM;
    long length = user_string(text, target, PATH_LONGEST);
    long result = length < 0 ? length : length == 0 ? -ENOENT : make_at(directory, path, MODE_LINK | 0777, text);
    kfree(text);
    return result;
}

long sys_symlink(const struct syscall *c) { return symlink_at(c->arg[0], here, c->arg[1]); }
long sys_symlinkat(const struct syscall *c) { return symlink_at(c->arg[0], c->arg[1], c->arg[2]); }

/// Why what lies at `child` may not be removed as `directory` or as a file; 0 if it may.
static long may_remove(const struct walk_end *end, const struct dentry *child, bool directory) {
    if (!child->inode || child->mounted) return -EBUSY;
    if (inode_is(child->inode, MODE_DIRECTORY) != directory) return directory ? -ENOTDIR : -EISDIR;
    if (end->trailing_slash && !directory) return -ENOTDIR;
    if (directory && dentry_extra_name(child, 0)) return -ENOTEMPTY;
    if (child->provided) return 0;
    const struct inode *parent = end->parent->inode;
    return parent->filesystem->readonly || !parent->operations->remove ? -EROFS : 0;
}

static long remove_at(uint64_t directory, user_ptr_t path, bool is_directory) {
    struct walk_end end;
    struct dentry *child = NULL;
    long result = parent_user(directory, path, &end);
    // Of `/`, `.` and `..` none can be removed, each for a reason of its own.
    if (result == -EEXIST)
        return !is_directory ? -EISDIR : end.length == 1 ? -EINVAL : end.length == 2 ? -ENOTEMPTY : -EBUSY;
    if (result != 0) return result;
    mutex_lock(&name_lock);
    result = dentry_child(end.parent, end.name, end.length, &child);
    if (result == 0) result = may_remove(&end, child, is_directory);
    if (result == 0) {
        struct inode *parent = end.parent->inode;
        result = child->provided ? 0 : parent->operations->remove(parent, end.name, end.length, child->inode);
        if (result == 0) dentry_forget(end.parent, end.name, end.length);
    }
    mutex_unlock(&name_lock);
    if (result == 0) {
        inotify_unlinked(child->inode);
        inotify_name(end.parent->inode, end.name, end.length, NOTICE_DELETE, is_directory, 0);
    }
    if (child) dentry_drop(child);
    dentry_drop(end.parent);
    return result;
}

long sys_unlink(const struct syscall *c) { return remove_at(here, c->arg[0], false); }
long sys_rmdir(const struct syscall *c) { return remove_at(here, c->arg[0], true); }
long sys_unlinkat(const struct syscall *c) {
    if (c->arg[2] & ~(uint64_t)AT_REMOVE_DIRECTORY) return -EINVAL;
    return remove_at(c->arg[0], c->arg[1], c->arg[2] & AT_REMOVE_DIRECTORY);
}

/// The place of an open file.
static long place_of(uint64_t descriptor, struct dentry **place) {
    struct file *file = file_of_any(descriptor);
    if (!file) return -EBADF;
    long result = file->place ? 0 : -ENOENT;
    if (file->place) {
        dentry_take(file->place);
        *place = file->place;
    }
    file_drop(file);
    return result;
}

static long link_at(uint64_t from, user_ptr_t old, uint64_t to, user_ptr_t path, uint64_t flags) {
    struct dentry *place;
    struct walk_end end;
    if (flags & ~(uint64_t)(AT_FOLLOW | AT_EMPTY_PATH)) return -EINVAL;
    long result = flags & AT_EMPTY_PATH ? place_of(from, &place)
                                        : walk_user(from, old, flags & AT_FOLLOW ? 0 : WALK_NO_FOLLOW, &place);
    if (result != 0) return result;
    result = parent_user(to, path, &end);
    if (result == 0 && end.trailing_slash) {
        dentry_drop(end.parent);
        result = -ENOENT;
    }
    if (result == 0) {
        struct inode *parent = end.parent->inode;
        if (inode_is(place->inode, MODE_DIRECTORY)) result = -EPERM;
        // What has lost all of its names does not get one again; what never had one may.
        else if (place->inode->links == 0 && !place->temporary) result = -ENOENT;
        else if (place->inode->filesystem != parent->filesystem) result = -EXDEV;
        else if (parent->filesystem->readonly || !parent->operations->link) result = -EROFS;
        mutex_lock(&name_lock);
        if (result == 0 && inode_is_removed(parent)) result = -ENOENT;
        if (result == 0) result = parent->operations->link(parent, end.name, end.length, place->inode);
        if (result == 0) place->temporary = false;
        mutex_unlock(&name_lock);
        if (result == 0) {
            inotify_inode(place->inode, NOTICE_ATTRIBUTES);
            inotify_name(parent, end.name, end.length, NOTICE_CREATE, false, 0);
        }
        dentry_drop(end.parent);
    }
    dentry_drop(place);
    return result;
}

long sys_link(const struct syscall *c) { return link_at(here, c->arg[0], here, c->arg[1], 0); }
long sys_linkat(const struct syscall *c) { return link_at(c->arg[0], c->arg[1], c->arg[2], c->arg[3], c->arg[4]); }

static bool is_directory(const struct dentry *d) { return d->inode && inode_is(d->inode, MODE_DIRECTORY); }

static bool is_below(const struct dentry *d, const struct dentry *above) {
    for (; d; d = d->parent) {
        if (d == above) return true;
    }
    return false;
}

enum { RENAME_NO_REPLACE = 1, RENAME_EXCHANGE = 2 };

/// What may be renamed over what. `target` is null where the new name is free.
static long may_rename(const struct dentry *child, const struct walk_end *to, const struct dentry *target,
                       uint64_t flags) {
    const struct inode *parent = to->parent->inode;
    bool directory = child->inode && inode_is(child->inode, MODE_DIRECTORY);
    if (!child->inode || child->mounted || (target && (!target->inode || target->mounted))) return -EBUSY;
    if (child->inode->filesystem != parent->filesystem || child->provided) return -EXDEV;
    if ((flags & RENAME_EXCHANGE) && target && target->provided) return -EXDEV;
    if (parent->filesystem->readonly || !parent->operations->rename) return -EROFS;
    if (inode_is_removed(parent)) return -ENOENT;
    if (directory && is_below(to->parent, child)) return -EINVAL;
    if (target && (flags & RENAME_NO_REPLACE)) return -EEXIST;
    if (flags & RENAME_EXCHANGE) return !target ? -ENOENT : parent->operations->exchange ? 0 : -EINVAL;
    if (target && inode_is(target->inode, MODE_DIRECTORY) != directory) return directory ? -ENOTDIR : -EISDIR;
    return 0;
}

/// `target`: what had the new name, and has lost it or, by an exchange, has the old one now.
static void announce_rename(const struct walk_end *from, const struct walk_end *to, struct inode *inode,
                            struct inode *target, bool exchange) {
    uint32_t cookie = inotify_cookie();
    bool directory = inode_is(inode, MODE_DIRECTORY);
    inotify_name(from->parent->inode, from->name, from->length, NOTICE_MOVED_FROM, directory, cookie);
    inotify_name(to->parent->inode, to->name, to->length, NOTICE_MOVED_TO, directory, cookie);
    if (target && !exchange) inotify_unlinked(target);
    inotify_inode(inode, NOTICE_MOVE_SELF);
    if (target && exchange) announce_rename(to, from, target, NULL, false);
}

static long rename_at(uint64_t from, user_ptr_t old, uint64_t to, user_ptr_t path, uint64_t flags) {
    struct walk_end a, b;
    struct dentry *child = NULL, *target = NULL;
    if (flags & ~(uint64_t)(RENAME_NO_REPLACE | RENAME_EXCHANGE)) return -EINVAL;
    if (flags == (RENAME_NO_REPLACE | RENAME_EXCHANGE)) return -EINVAL;
    long result = parent_user(from, old, &a);
    if (result != 0) return result == -EEXIST ? -EBUSY : result;
    result = parent_user(to, path, &b);
    if (result != 0) {
        dentry_drop(a.parent);
        return result == -EEXIST ? -EBUSY : result;
    }
    mutex_lock(&name_lock);
    result = dentry_child(a.parent, a.name, a.length, &child);
    if (result == 0 && dentry_child(b.parent, b.name, b.length, &target) != 0) target = NULL;
    if (result == 0) result = may_rename(child, &b, target, flags);
    // In an exchange neither may be moved below itself.
    if (result == 0 && (flags & RENAME_EXCHANGE) && is_below(a.parent, target)) result = -EINVAL;
    if (result == 0 && !is_directory(child) && (a.trailing_slash || b.trailing_slash)) result = -ENOTDIR;
    bool same = result == 0 && target && target->inode == child->inode;
    if (result == 0 && !same && (flags & RENAME_EXCHANGE)) {
        struct inode *parent = a.parent->inode;
        result = parent->operations->exchange(parent, a.name, a.length, b.parent->inode, b.name, b.length);
        if (result == 0) dentry_exchange(child, target);
    } else if (result == 0 && !same) {
        struct inode *parent = a.parent->inode;
        result = parent->operations->rename(parent, a.name, a.length, child->inode, b.parent->inode, b.name, b.length);
        if (result == 0) result = dentry_move(a.parent, a.name, a.length, b.parent, b.name, b.length);
    }
    mutex_unlock(&name_lock);
    if (result == 0 && !same) {
        announce_rename(&a, &b, child->inode, target ? target->inode : NULL, flags & RENAME_EXCHANGE);
    }
    if (target) dentry_drop(target);
    if (child) dentry_drop(child);
    dentry_drop(a.parent);
    dentry_drop(b.parent);
    return result;
}

long sys_rename(const struct syscall *c) { return rename_at(here, c->arg[0], here, c->arg[1], 0); }
long sys_renameat(const struct syscall *c) { return rename_at(c->arg[0], c->arg[1], c->arg[2], c->arg[3], 0); }
long sys_renameat2(const struct syscall *c) { return rename_at(c->arg[0], c->arg[1], c->arg[2], c->arg[3], c->arg[4]); }
