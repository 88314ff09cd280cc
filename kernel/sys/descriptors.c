// Descriptors: opening, closing, duplicating, their flags.

#include "fs/descriptors.h"
#include "fs/file.h"
#include "fs/memory.h"
#include "fs/pipe.h"
#include "lib/errno.h"
#include "sys/calls.h"
#include "sys/report.h"
#include "task/process.h"

enum {
    F_DUPFD = 0, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_SETLK, F_SETLKW, F_SETOWN, F_GETOWN, F_OFD_GETLK = 36,
    F_OFD_SETLK, F_OFD_SETLKW, F_DUPFD_CLOEXEC = 1030, F_SETPIPE_SZ, F_GETPIPE_SZ, F_ADD_SEALS = 1033, F_GET_SEALS,
};
enum { LOCK_UNLOCKED = 2, CLOSE_ON_EXEC = 4, CLOSE_UNSHARE = 2 };

/// Flags of an open file that F_SETFL changes.
enum { CHANGEABLE = OPEN_APPEND | OPEN_NONBLOCK | OPEN_ASYNC | OPEN_DIRECT | OPEN_NO_ATIME };
enum { NOT_KEPT = OPEN_CREATE | OPEN_EXCLUSIVE | OPEN_NO_CTTY | OPEN_TRUNCATE | OPEN_CLOSE_ON_EXEC };

static long open_at(uint64_t directory, user_ptr_t path, uint32_t flags, uint32_t mode) {
    struct user_path p;
    struct file *file;
    if ((flags & OPEN_ACCESS) == OPEN_ACCESS) return -EINVAL;
    long result = user_path_get(&p, directory, path);
    if (result != 0) return result;
    result = file_open(p.base, p.text, flags, mode & ~process.umask, &file);
    report_open(p.text, result);
    user_path_put(&p);
    if (result != 0) return result;
    file->flags &= ~(uint32_t)NOT_KEPT;
    return descriptors_add(&process.files, file, 0, flags & OPEN_CLOSE_ON_EXEC);
}

long sys_open(const struct syscall *c) {
    return open_at((uint64_t)AT_WORKING_DIRECTORY, c->arg[0], (uint32_t)c->arg[1], (uint32_t)c->arg[2]);
}

long sys_openat(const struct syscall *c) {
    return open_at(c->arg[0], c->arg[1], (uint32_t)c->arg[2], (uint32_t)c->arg[3]);
}

long sys_creat(const struct syscall *c) {
    return open_at((uint64_t)AT_WORKING_DIRECTORY, c->arg[0], OPEN_WRITE | OPEN_CREATE | OPEN_TRUNCATE, (uint32_t)c->arg[1]);
}

long sys_close(const struct syscall *c) { return descriptors_close(&process.files, (uint32_t)c->arg[0]); }

long sys_close_range(const struct syscall *c) {
    uint32_t first = (uint32_t)c->arg[0], last = (uint32_t)c->arg[1];
    if (first > last || (c->arg[2] & ~(uint64_t)(CLOSE_ON_EXEC | CLOSE_UNSHARE))) return -EINVAL;
    for (long fd = descriptors_next(&process.files, first); fd >= 0 && fd <= last;) {
        if (c->arg[2] & CLOSE_ON_EXEC) descriptors_close_on_exec(&process.files, (uint64_t)fd, 1);
        else descriptors_close(&process.files, (uint64_t)fd);
        fd = descriptors_next(&process.files, (unsigned)fd + 1);
    }
    return 0;
}

static long duplicate(uint64_t from, uint64_t least, bool close_on_exec) {
    struct file *file = file_of(from);
    if (!file) return -EBADF;
    if (least < process.files.limit) return descriptors_add(&process.files, file, (unsigned)least, close_on_exec);
    file_drop(file);
    return -EINVAL;
}

static long duplicate_to(uint64_t from, uint64_t to, bool close_on_exec) {
    struct file *file = file_of(from);
    if (!file) return -EBADF;
    return descriptors_set(&process.files, (unsigned)to, file, close_on_exec);
}

long sys_dup(const struct syscall *c) { return duplicate(c->arg[0], 0, false); }

long sys_dup2(const struct syscall *c) {
    uint32_t from = (uint32_t)c->arg[0], to = (uint32_t)c->arg[1];
    if (from != to) return duplicate_to(from, to, false);
    long result = descriptors_close_on_exec(&process.files, from, -1);
    return result < 0 ? result : (long)to;
}

long sys_dup3(const struct syscall *c) {
    uint32_t from = (uint32_t)c->arg[0], to = (uint32_t)c->arg[1];
    if (from == to || (c->arg[2] & ~(uint64_t)OPEN_CLOSE_ON_EXEC)) return -EINVAL;
    return duplicate_to(from, to, c->arg[2] & OPEN_CLOSE_ON_EXEC);
}

long put_pair(struct file *a, struct file *b, bool close_on_exec, user_ptr_t to) {
    long first = descriptors_add(&process.files, a, 0, close_on_exec);
    if (first < 0) {
        file_drop(b);
        return first;
    }
    long second = descriptors_add(&process.files, b, 0, close_on_exec);
    int32_t ends[2] = {(int32_t)first, (int32_t)second};
    long failure = second < 0 ? second : copy_to_user(to, ends, sizeof ends);
    if (failure != 0) {
        descriptors_close(&process.files, (uint64_t)first);
        if (second >= 0) descriptors_close(&process.files, (uint64_t)second);
    }
    return failure;
}

static long make_pipe(user_ptr_t to, uint64_t flags) {
    struct file *read_end, *write_end;
    if (flags & ~(uint64_t)(OPEN_NONBLOCK | OPEN_CLOSE_ON_EXEC | OPEN_DIRECT)) return -EINVAL;
    int result = pipe_make((uint32_t)flags & OPEN_NONBLOCK, &read_end, &write_end);
    if (result != 0) return result;
    return put_pair(read_end, write_end, flags & OPEN_CLOSE_ON_EXEC, to);
}

long sys_pipe(const struct syscall *c) { return make_pipe(c->arg[0], 0); }
long sys_pipe2(const struct syscall *c) { return make_pipe(c->arg[0], c->arg[1]); }

/// There is nobody else who could hold a lock: every lock is granted, none is ever found.
static long answer_lock(user_ptr_t lock) {
    int16_t type = LOCK_UNLOCKED;
    return copy_to_user(lock, &type, sizeof type);
}

/// Every lock is granted that is one.
static long grant_lock(user_ptr_t lock) {
    enum { READ, WRITE, UNLOCK };
    int16_t type;
    if (copy_from_user(&type, lock, sizeof type) != 0) return -EFAULT;
    return type == READ || type == WRITE || type == UNLOCK ? 0 : -EINVAL;
}

static long file_control(struct file *file, const struct syscall *c) {
    uint32_t argument = (uint32_t)c->arg[2];
    bool is_pipe = inode_is(file->inode, MODE_PIPE);
    switch (c->arg[1]) {
    case F_DUPFD:
        return duplicate(c->arg[0], argument, false);
    case F_DUPFD_CLOEXEC:
        return duplicate(c->arg[0], argument, true);
    case F_GETFD:
        return descriptors_close_on_exec(&process.files, (uint32_t)c->arg[0], -1);
    case F_SETFD:
        return descriptors_close_on_exec(&process.files, (uint32_t)c->arg[0], argument & 1) < 0 ? -EBADF : 0;
    case F_GETFL:
        return (long)(file->flags | OPEN_LARGE_FILE);
    case F_SETFL:
        file->flags = (file->flags & ~(uint32_t)CHANGEABLE) | (argument & CHANGEABLE);
        return 0;
    case F_GETLK:
    case F_OFD_GETLK:
        return answer_lock(c->arg[2]);
    case F_SETLK:
    case F_SETLKW:
    case F_OFD_SETLK:
    case F_OFD_SETLKW:
        return grant_lock(c->arg[2]);
    case F_SETOWN:
    case F_GETOWN:
        return 0;
    case F_SETPIPE_SZ:
        return is_pipe ? pipe_set_capacity(file, argument) : -EBADF;
    case F_GETPIPE_SZ:
        return is_pipe ? (long)pipe_capacity(file) : -EBADF;
    case F_ADD_SEALS:
        return memory_file_seal(file, argument);
    case F_GET_SEALS:
        return memory_file_seals(file);
    default:
        return -EINVAL;
    }
}

long sys_fcntl(const struct syscall *c) {
    struct file *file = file_of(c->arg[0]);
    if (!file) return -EBADF;
    long result = file_control(file, c);
    file_drop(file);
    return result;
}

long sys_flock(const struct syscall *c) {
    struct file *file = file_of(c->arg[0]);
    file_drop(file);
    return file ? 0 : -EBADF;
}

long sys_memfd_create(const struct syscall *c) {
    enum { CLOSE = 1, ALLOW_SEALING = 2, HUGE = 4, HUGE_SIZE_SHIFT = 26, NO_EXEC = 8, EXEC = 16, NAME_MOST = 249 };
    char name[NAME_MOST + 1];
    uint64_t flags = (uint32_t)c->arg[1];
    if ((flags & ~(uint64_t)(CLOSE | ALLOW_SEALING | NO_EXEC | EXEC | HUGE)) && !(flags >> HUGE_SIZE_SHIFT)) return -EINVAL;
    long length = user_string(name, c->arg[0], sizeof name);
    if (length < 0) return length == -ENAMETOOLONG ? -EINVAL : length;
    struct file *file = memory_file_make(name, flags & ALLOW_SEALING);
    return file ? descriptors_add(&process.files, file, 0, flags & CLOSE) : -ENOMEM;
}

/// posix_fadvise and readahead: hints.
long sys_fadvise64(const struct syscall *c) {
    struct file *file = file_of(c->arg[0]);
    long result = file ? (inode_is(file->inode, MODE_PIPE) ? -ESPIPE : 0) : -EBADF;
    file_drop(file);
    return result;
}
