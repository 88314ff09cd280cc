// inotify.

#include "fs/inotify.h"
#include "fs/walk.h"
#include "lib/errno.h"
#include "sys/calls.h"
#include "proc/process.h"

enum { FLAGS = OPEN_NONBLOCK | OPEN_CLOSE_ON_EXEC, ONLY_DIRECTORY = 0x01000000, NO_FOLLOW = 0x02000000 };

static long init(uint64_t flags) {
    if (flags & ~(uint64_t)FLAGS) return -EINVAL;
    struct file *file = inotify_make(flags & OPEN_NONBLOCK);
    return file ? descriptors_add(&process.files, file, 0, flags & OPEN_CLOSE_ON_EXEC) : -ENOMEM;
}

long sys_inotify_init(const struct syscall *c) {
    (void)c;
    return init(0);
}

long sys_inotify_init1(const struct syscall *c) { return init((uint32_t)c->arg[0]); }

static long inotify_of(uint64_t descriptor, struct file **file) {
    *file = file_of(descriptor);
    if (!*file) return -EBADF;
    if (inotify_is(*file)) return 0;
    file_drop(*file);
    return -EINVAL;
}

static long watch_path(struct file *file, user_ptr_t path, uint32_t mask) {
    struct user_path p;
    struct dentry *place;
    unsigned flags = (mask & NO_FOLLOW ? WALK_NO_FOLLOW : 0u) | (mask & ONLY_DIRECTORY ? WALK_DIRECTORY : 0u);
    long result = user_path_get(&p, (uint64_t)AT_WORKING_DIRECTORY, path);
    if (result != 0) return result;
    result = walk_path(p.base, p.text, flags, &place);
    user_path_put(&p);
    if (result != 0) return result;
    result = inotify_watch(file, place->inode, mask);
    dentry_drop(place);
    return result;
}

long sys_inotify_add_watch(const struct syscall *c) {
    struct file *file;
    uint32_t mask = (uint32_t)c->arg[2];
    if (!(mask & NOTICE_ALL) || ((mask & WATCH_ADD) && (mask & WATCH_CREATE))) return -EINVAL;
    long result = inotify_of(c->arg[0], &file);
    if (result != 0) return result;
    result = watch_path(file, c->arg[1], mask);
    file_drop(file);
    return result;
}

long sys_inotify_rm_watch(const struct syscall *c) {
    struct file *file;
    long result = inotify_of(c->arg[0], &file);
    if (result != 0) return result;
    result = inotify_unwatch(file, (int32_t)c->arg[1]);
    file_drop(file);
    return result;
}
