// Extended attributes: of a path, of a path whose last link is not followed, of an open file.

#include "fs/attributes.h"
#include "fs/file.h"
#include "fs/inotify.h"
#include "fs/walk.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/heap.h"
#include "sys/calls.h"

/// What the three forms of a call have in common: where the file is, and the arguments behind it.
struct attribute_call {
    struct inode *inode;
    struct dentry *place; // null for files without a name
    const uint64_t *arg; // behind the path or the descriptor
};

typedef long attribute_function(const struct attribute_call *a);

static long at_path(const struct syscall *c, unsigned flags, attribute_function *function) {
    struct user_path p;
    struct dentry *place;
    long result = user_path_get(&p, (uint64_t)AT_WORKING_DIRECTORY, c->arg[0]);
    if (result != 0) return result;
    result = walk_path(p.base, p.text, flags, &place);
    user_path_put(&p);
    if (result != 0) return result;
    result = function(&(struct attribute_call){place->inode, place, &c->arg[1]});
    dentry_drop(place);
    return result;
}

static long of_file(const struct syscall *c, attribute_function *function) {
    struct file *file = file_of(c->arg[0]);
    if (!file) return -EBADF;
    bool is_open = file->inode && !(file->flags & OPEN_PATH);
    long result = is_open ? function(&(struct attribute_call){file->inode, file->place, &c->arg[1]}) : -EBADF;
    file_drop(file);
    return result;
}

/// A name and whether it may hang there: users' attributes are for files and directories, the system's own (access
/// lists) are not there.
static long name_from_user(const struct attribute_call *a, char name[ATTRIBUTE_NAME_LONGEST + 1]) {
    static const char *const known[] = {"user.", "trusted.", "security."};
    long length = user_string(name, a->arg[0], ATTRIBUTE_NAME_LONGEST + 1);
    if (length == -ENAMETOOLONG || length == 0) return -ERANGE;
    if (length < 0) return length;
    if (!a->inode->operations->attributes) return -EOPNOTSUPP;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t n = strlen(known[i]);
        if (strncmp(name, known[i], n) != 0) continue;
        if (name[n] == '\0') return -EINVAL;
        bool plain = inode_is(a->inode, MODE_FILE) || inode_is(a->inode, MODE_DIRECTORY);
        return i == 0 && !plain ? -EPERM : 0;
    }
    return -EOPNOTSUPP;
}

static void announce(const struct attribute_call *a) {
    inode_touch(a->inode, false);
    if (a->place) inotify_place(a->place, NOTICE_ATTRIBUTES);
}

static long set(const struct attribute_call *a) {
    char name[ATTRIBUTE_NAME_LONGEST + 1];
    uint64_t length = a->arg[2];
    unsigned flags = (unsigned)a->arg[3];
    if (flags & ~(unsigned)(ATTRIBUTE_CREATE | ATTRIBUTE_REPLACE)) return -EINVAL;
    if (length > ATTRIBUTE_LARGEST) return -E2BIG;
    long result = name_from_user(a, name);
    if (result != 0) return result;
    if (a->inode->filesystem->readonly) return -EROFS;
    char *value = kmalloc(length + 1);
    if (!value) return -ENOMEM;
    result = copy_from_user(value, a->arg[1], length);
    if (result == 0) result = a->inode->operations->attributes->set(a->inode, name, value, length, flags);
    kfree(value);
    if (result == 0) announce(a);
    return result;
}

/// The value of `name`, or the list of names: as much as the program has room for.
static long give(const struct attribute_call *a, const char *name, user_ptr_t to, uint64_t cap) {
    const struct attribute_operations *operations = a->inode->operations->attributes;
    if (cap > ATTRIBUTE_LARGEST) cap = ATTRIBUTE_LARGEST;
    char *bytes = cap > 0 ? kmalloc(cap) : NULL;
    if (cap > 0 && !bytes) return -ENOMEM;
    long length = name ? operations->get(a->inode, name, bytes, cap) : operations->list(a->inode, bytes, cap);
    if (length > 0 && cap > 0 && copy_to_user(to, bytes, (size_t)length) != 0) length = -EFAULT;
    kfree(bytes);
    return length;
}

static long get(const struct attribute_call *a) {
    char name[ATTRIBUTE_NAME_LONGEST + 1];
    long result = name_from_user(a, name);
    return result == 0 ? give(a, name, a->arg[1], a->arg[2]) : result;
}

/// The list of a file that can have none is empty.
static long list(const struct attribute_call *a) {
    return a->inode->operations->attributes ? give(a, NULL, a->arg[0], a->arg[1]) : 0;
}

static long remove(const struct attribute_call *a) {
    char name[ATTRIBUTE_NAME_LONGEST + 1];
    long result = name_from_user(a, name);
    if (result != 0) return result;
    if (a->inode->filesystem->readonly) return -EROFS;
    result = a->inode->operations->attributes->remove(a->inode, name);
    if (result == 0) announce(a);
    return result;
}

long sys_setxattr(const struct syscall *c) { return at_path(c, 0, set); }
long sys_lsetxattr(const struct syscall *c) { return at_path(c, WALK_NO_FOLLOW, set); }
long sys_fsetxattr(const struct syscall *c) { return of_file(c, set); }
long sys_getxattr(const struct syscall *c) { return at_path(c, 0, get); }
long sys_lgetxattr(const struct syscall *c) { return at_path(c, WALK_NO_FOLLOW, get); }
long sys_fgetxattr(const struct syscall *c) { return of_file(c, get); }
long sys_listxattr(const struct syscall *c) { return at_path(c, 0, list); }
long sys_llistxattr(const struct syscall *c) { return at_path(c, WALK_NO_FOLLOW, list); }
long sys_flistxattr(const struct syscall *c) { return of_file(c, list); }
long sys_removexattr(const struct syscall *c) { return at_path(c, 0, remove); }
long sys_lremovexattr(const struct syscall *c) { return at_path(c, WALK_NO_FOLLOW, remove); }
long sys_fremovexattr(const struct syscall *c) { return of_file(c, remove); }
