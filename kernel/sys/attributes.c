// Changing what a file is: its size, permissions, owner, times, extended attributes.

#include "arch/clock.h"
#include "fs/file.h"
#include "fs/inotify.h"
#include "fs/walk.h"
#include "lib/errno.h"
#include "sys/calls.h"
#include "proc/process.h"

enum { AT_NO_FOLLOW = 0x100, AT_EMPTY_PATH = 0x1000, TIME_NOW = (1 << 30) - 1, TIME_OMIT = (1 << 30) - 2 };

static const uint64_t here = (uint64_t)AT_WORKING_DIRECTORY;

/// What is to be done with an inode once it is found.
typedef long change(struct inode *inode, const uint64_t *argument);

static change set_size, set_times;

/// What watchers are told of a change.
static uint32_t notice_of(change *what, const uint64_t *argument) {
    if (what == set_size) return NOTICE_MODIFY;
    if (what == set_times && argument[0] == UINT64_MAX) return argument[1] == UINT64_MAX ? 0 : NOTICE_MODIFY;
    return what == set_times && argument[1] == UINT64_MAX ? NOTICE_ACCESS : NOTICE_ATTRIBUTES;
}

static long change_inode(struct inode *inode, struct dentry *place, change *what, const uint64_t *argument) {
    long result = inode->filesystem->readonly ? -EROFS : what(inode, argument);
    if (result == 0) inotify_place(place, notice_of(what, argument));
    return result;
}

static long change_file(uint64_t descriptor, change *what, const uint64_t *argument);

static long change_at(uint64_t directory, user_ptr_t path, uint64_t flags, change *what, const uint64_t *argument) {
    struct user_path p;
    struct dentry *place;
    char first;
    flags = (uint32_t)flags;
    if (flags & ~(uint64_t)(AT_NO_FOLLOW | AT_EMPTY_PATH)) return -EINVAL;
    if ((flags & AT_EMPTY_PATH) && copy_from_user(&first, path, 1) == 0 && first == '\0' &&
        (int32_t)directory != AT_WORKING_DIRECTORY) {
        return change_file(directory, what, argument);
    }
    long result = user_path_get(&p, directory, path);
    if (result != 0) return result;
    result = walk_path(p.base, p.text, flags & AT_NO_FOLLOW ? WALK_NO_FOLLOW : 0, &place);
    user_path_put(&p);
    if (result != 0) return result;
    result = change_inode(place->inode, place, what, argument);
    dentry_drop(place);
    return result;
}

static long change_file(uint64_t descriptor, change *what, const uint64_t *argument) {
    struct file *file = file_of(descriptor);
    if (!file) return -EBADF;
    long result = change_inode(file->inode, file->place, what, argument);
    file_drop(file);
    return result;
}

static long set_size(struct inode *inode, const uint64_t *argument) {
    if (inode_is(inode, MODE_DIRECTORY)) return -EISDIR;
    if (!inode->operations->resize) return -EINVAL;
    if (argument[0] > inode_largest(inode)) return -EFBIG;
    if (inode->running) return -ETXTBSY;
    return inode->operations->resize(inode, argument[0]);
}

static long set_mode(struct inode *inode, const uint64_t *argument) {
    inode->mode = (inode->mode & MODE_TYPE) | ((uint32_t)argument[0] & MODE_PERMISSIONS);
    inode->mode_chosen = true;
    inode_touch(inode, false);
    return 0;
}

/// Who owns a file is remembered as long as it is known, and asked of nobody.
static long set_owner(struct inode *inode, const uint64_t *argument) {
    uint32_t user = (uint32_t)argument[0], group = (uint32_t)argument[1];
    if (!inode->has_owner) {
        inode->user = process.settings.user;
        inode->group = process.settings.group;
    }
    inode->has_owner = true;
    if (user != UINT32_MAX) inode->user = user;
    if (group != UINT32_MAX) inode->group = group;
    inode_touch(inode, false);
    return 0;
}

static long set_times(struct inode *inode, const uint64_t *argument) {
    if (argument[0] != UINT64_MAX) inode->accessed_ns = argument[0];
    if (argument[1] != UINT64_MAX) inode->modified_ns = argument[1];
    inode_touch(inode, false);
    return 0;
}

long sys_truncate(const struct syscall *c) {
    return (int64_t)c->arg[1] < 0 ? -EINVAL : change_at(here, c->arg[0], 0, set_size, &c->arg[1]);
}

long sys_ftruncate(const struct syscall *c) {
    if ((int64_t)c->arg[1] < 0) return -EINVAL;
    struct file *file = file_of(c->arg[0]);
    if (!file) return -EBADF;
    long result = file_can_write(file) ? change_inode(file->inode, file->place, set_size, &c->arg[1]) : -EINVAL;
    file_drop(file);
    return result;
}

long sys_fallocate(const struct syscall *c) {
    struct file *file = file_of(c->arg[0]);
    uint64_t end;
    long result = 0;
    if (!file) return -EBADF;
    struct inode *inode = file->inode;
    uint32_t mode = (uint32_t)c->arg[1];
    bool makes_hole = mode & ALLOCATE_PUNCH_HOLE;
    if (!file_can_write(file)) result = -EBADF;
    else if ((int64_t)c->arg[2] < 0 || (int64_t)c->arg[3] <= 0) result = -EINVAL;
    else if (__builtin_add_overflow(c->arg[2], c->arg[3], &end) || end > inode_largest(inode)) result = -EFBIG;
    else if (!inode_is(inode, MODE_FILE)) result = inode_is(inode, MODE_PIPE) ? -ESPIPE : -ENODEV;
    else if (!inode->operations->allocate) result = -EOPNOTSUPP;
    else if (mode & ~(uint32_t)(ALLOCATE_KEEP_SIZE | ALLOCATE_PUNCH_HOLE | ALLOCATE_ZERO_RANGE)) result = -EOPNOTSUPP;
    else if (makes_hole && mode != (ALLOCATE_PUNCH_HOLE | ALLOCATE_KEEP_SIZE)) result = -EOPNOTSUPP;
    if (result == 0) {
        mutex_lock(&inode->lock);
        result = inode->operations->allocate(inode, mode, c->arg[2], c->arg[3]);
        mutex_unlock(&inode->lock);
        if (result == 0) inotify_place(file->place, NOTICE_MODIFY);
    }
    file_drop(file);
    return result;
}

long sys_chmod(const struct syscall *c) { return change_at(here, c->arg[0], 0, set_mode, &c->arg[1]); }
long sys_fchmod(const struct syscall *c) { return change_file(c->arg[0], set_mode, &c->arg[1]); }
long sys_fchmodat(const struct syscall *c) { return change_at(c->arg[0], c->arg[1], 0, set_mode, &c->arg[2]); }
long sys_fchmodat2(const struct syscall *c) { return change_at(c->arg[0], c->arg[1], c->arg[3], set_mode, &c->arg[2]); }
long sys_chown(const struct syscall *c) { return change_at(here, c->arg[0], 0, set_owner, &c->arg[1]); }
long sys_lchown(const struct syscall *c) { return change_at(here, c->arg[0], AT_NO_FOLLOW, set_owner, &c->arg[1]); }
long sys_fchown(const struct syscall *c) { return change_file(c->arg[0], set_owner, &c->arg[1]); }
long sys_fchownat(const struct syscall *c) { return change_at(c->arg[0], c->arg[1], c->arg[4], set_owner, &c->arg[2]); }

/// One of the two times of utimensat: nanoseconds, or UINT64_MAX for one that stays.
static long read_time(const struct time_value *t, uint64_t *ns) {
    if (t->nanoseconds == TIME_NOW) *ns = clock_realtime_ns();
    else if (t->nanoseconds == TIME_OMIT) *ns = UINT64_MAX;
    else if (t->nanoseconds < 0 || t->nanoseconds >= 1000000000 || t->seconds < 0) return -EINVAL;
    else *ns = (uint64_t)t->seconds * 1000000000ull + (uint64_t)t->nanoseconds;
    return 0;
}

long sys_utimensat(const struct syscall *c) {
    uint64_t times[2];
    times[0] = times[1] = clock_realtime_ns();
    if (c->arg[2]) {
        struct time_value given[2];
        if (copy_from_user(given, c->arg[2], sizeof given) != 0) return -EFAULT;
        if (read_time(&given[0], &times[0]) != 0 || read_time(&given[1], &times[1]) != 0) return -EINVAL;
    }
    // Both stay: not even the path is looked at.
    if (times[0] == UINT64_MAX && times[1] == UINT64_MAX) return 0;
    if (c->arg[1] == 0 && (int32_t)c->arg[0] != AT_WORKING_DIRECTORY) {
        return (uint32_t)c->arg[3] ? -EINVAL : change_file(c->arg[0], set_times, times);
    }
    return change_at(c->arg[0], c->arg[1], c->arg[3], set_times, times);
}

/// Two times of a struct timeval each, or of a whole second each (`unit` is the nanoseconds of what is beside the
/// seconds; 0: nothing is). A null pointer means now.
static long times_from_user(user_ptr_t from, int64_t unit, uint64_t times[2]) {
    int64_t given[4];
    size_t words = unit ? 2 : 1;
    times[0] = times[1] = clock_realtime_ns();
    if (!from) return 0;
    if (copy_from_user(given, from, 2 * words * sizeof *given) != 0) return -EFAULT;
    for (size_t i = 0; i < 2; i++) {
        int64_t parts = unit ? given[i * words + 1] : 0;
        if (given[i * words] < 0 || given[i * words] > INT64_MAX / 1000000000 - 1 || parts < 0 || parts >= 1000000)
            return -EINVAL;
        times[i] = (uint64_t)given[i * words] * 1000000000ull + (uint64_t)(parts * unit);
    }
    return 0;
}

enum { NS_A_MICROSECOND = 1000 };

long sys_utime(const struct syscall *c) {
    uint64_t times[2];
    long result = times_from_user(c->arg[1], 0, times);
    return result == 0 ? change_at(here, c->arg[0], 0, set_times, times) : result;
}

long sys_utimes(const struct syscall *c) {
    uint64_t times[2];
    long result = times_from_user(c->arg[1], NS_A_MICROSECOND, times);
    return result == 0 ? change_at(here, c->arg[0], 0, set_times, times) : result;
}

long sys_futimesat(const struct syscall *c) {
    uint64_t times[2];
    long result = times_from_user(c->arg[2], NS_A_MICROSECOND, times);
    if (result != 0) return result;
    return c->arg[1] ? change_at(c->arg[0], c->arg[1], 0, set_times, times) : change_file(c->arg[0], set_times, times);
}
