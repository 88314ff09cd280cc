// Descriptors: opening, closing, duplicating, their flags.

#include "fs/descriptors.h"
#include "fs/file.h"
#include "fs/locks.h"
#include "fs/memory.h"
#include "fs/pipe.h"
#include "lib/errno.h"
#include "sys/calls.h"
#include "sys/report.h"
#include "proc/process.h"

enum {
    F_DUPFD = 0,
    F_GETFD,
    F_SETFD,
    F_GETFL,
    F_SETFL,
    F_GETLK,
    F_SETLK,
    F_SETLKW,
    F_SETOWN,
    F_GETOWN,
    F_SETSIG,
    F_GETSIG,
    F_SETOWN_EX = 15,
    F_GETOWN_EX,
    F_OFD_GETLK = 36,
    F_OFD_SETLK,
    F_OFD_SETLKW,
    F_GETLEASE = 1025,
    F_NOTIFY,
    F_DUPFD_CLOEXEC = 1030,
    F_SETPIPE_SZ,
    F_GETPIPE_SZ,
    F_ADD_SEALS = 1033,
    F_GET_SEALS,
};
enum { CLOSE_ON_EXEC = 4, CLOSE_UNSHARE = 2 };

/// Flags of an open file that F_SETFL changes.
enum { CHANGEABLE = OPEN_APPEND | OPEN_NONBLOCK | OPEN_ASYNC | OPEN_DIRECT | OPEN_NO_ATIME };
enum { NOT_KEPT = OPEN_CREATE | OPEN_EXCLUSIVE | OPEN_NO_CTTY | OPEN_TRUNCATE | OPEN_CLOSE_ON_EXEC };

static long open_at(uint64_t directory, user_ptr_t path, uint32_t flags, uint32_t mode) {
    struct user_path p;
    struct file *file;
    if ((flags & OPEN_ACCESS) == OPEN_ACCESS) return -EINVAL;
    // Those that say nothing of a place are not looked at.
    if (flags & OPEN_PATH)
        flags &= ~(uint32_t)OPEN_KNOWN | OPEN_PATH | OPEN_DIRECTORY | OPEN_NO_FOLLOW | OPEN_CLOSE_ON_EXEC;
    if ((flags & (OPEN_DIRECTORY | OPEN_CREATE)) == (OPEN_DIRECTORY | OPEN_CREATE)) return -EINVAL;
    long result = user_path_get(&p, directory, path);
    if (result != 0) return result;
    if (flags >> OPEN_RESOLVE_SHIFT && !p.base) result = directory_of(directory, &p.base);
    if (result == 0) result = file_open(p.base, p.text, flags, mode & ~process.umask, &file);
    report_open(p.text, result);
    user_path_put(&p);
    if (result != 0) return result;
    file->flags &= ~(uint32_t)NOT_KEPT;
    return descriptors_add(&process.files, file, 0, flags & OPEN_CLOSE_ON_EXEC);
}

long sys_open(const struct syscall *c) {
    return open_at((uint64_t)AT_WORKING_DIRECTORY, c->arg[0], (uint32_t)c->arg[1] & OPEN_KNOWN, (uint32_t)c->arg[2]);
}

long sys_openat(const struct syscall *c) {
    return open_at(c->arg[0], c->arg[1], (uint32_t)c->arg[2] & OPEN_KNOWN, (uint32_t)c->arg[3]);
}

/// openat2: where openat overlooks what it does not know, this one refuses it.
long sys_openat2(const struct syscall *c) {
    struct {
        uint64_t flags, mode, resolve;
    } how;
    enum { BENEATH = 8, IN_ROOT = 16, RESOLVE_KNOWN = 31, MODES = 07777 };
    uint8_t more;
    if (c->arg[3] < sizeof how) return -EINVAL;
    if (c->arg[3] > 4096) return -E2BIG;
    if (copy_from_user(&how, c->arg[2], sizeof how) != 0) return -EFAULT;
    // Of a longer structure, what lies behind must be zero.
    for (uint64_t i = sizeof how; i < c->arg[3]; i++) {
        if (copy_from_user(&more, c->arg[2] + i, 1) != 0) return -EFAULT;
        if (more) return -E2BIG;
    }
    bool makes = (how.flags & OPEN_CREATE) || (how.flags & OPEN_TEMPORARY) == OPEN_TEMPORARY;
    if ((how.flags & ~(uint64_t)OPEN_KNOWN) || (how.resolve & ~(uint64_t)RESOLVE_KNOWN) ||
        (how.mode & ~(uint64_t)(makes ? MODES : 0)) || (how.resolve & (BENEATH | IN_ROOT)) == (BENEATH | IN_ROOT))
        return -EINVAL;
    static const uint64_t with_path = OPEN_PATH | OPEN_DIRECTORY | OPEN_NO_FOLLOW | OPEN_CLOSE_ON_EXEC;
    if ((how.flags & OPEN_PATH) && (how.flags & ~with_path)) return -EINVAL;
    return open_at(c->arg[0], c->arg[1], (uint32_t)(how.flags | how.resolve << OPEN_RESOLVE_SHIFT), (uint32_t)how.mode);
}

long sys_creat(const struct syscall *c) {
    return open_at((uint64_t)AT_WORKING_DIRECTORY, c->arg[0], OPEN_WRITE | OPEN_CREATE | OPEN_TRUNCATE,
                   (uint32_t)c->arg[1]);
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
    struct file *file = file_of_any(from);
    if (!file) return -EBADF;
    if (least < process.files.limit) return descriptors_add(&process.files, file, (unsigned)least, close_on_exec);
    file_drop(file);
    return -EINVAL;
}

static long duplicate_to(uint64_t from, uint64_t to, bool close_on_exec) {
    struct file *file = file_of_any(from);
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

/// As struct flock.
struct lock_argument {
    int16_t type, whence;
    uint32_t padding;
    int64_t start, length;
    int32_t process;
    uint32_t padding_behind;
};

enum { FROM_START, FROM_HERE, FROM_END };

/// The range that a struct flock means: 0, -EINVAL, -EOVERFLOW.
static long range_of(const struct file *file, const struct lock_argument *a, struct lock_range *range) {
    int64_t base = a->whence == FROM_HERE  ? (int64_t)file->position
                   : a->whence == FROM_END ? (int64_t)file->inode->size
                                           : 0,
            start;
    if (a->whence < FROM_START || a->whence > FROM_END) return -EINVAL;
    if (a->start > INT64_MAX - base) return -EOVERFLOW;
    start = base + a->start;
    if (start < 0) return -EINVAL;
    range->start = (uint64_t)start;
    range->end = INT64_MAX;
    if (a->length > 0) {
        if (a->length - 1 > INT64_MAX - start) return -EOVERFLOW;
        range->end = (uint64_t)(start + a->length - 1);
    } else if (a->length < 0) {
        if (start + a->length < 0) return -EINVAL;
        range->start = (uint64_t)(start + a->length);
        range->end = (uint64_t)(start - 1);
    }
    range->type = (uint8_t)a->type;
    return a->type < LOCK_READ || a->type > LOCK_NONE ? -EINVAL : 0;
}

static long record_lock(struct file *file, uint64_t command, user_ptr_t at) {
    struct lock_argument a;
    bool of_file = command >= F_OFD_GETLK, asks = command == F_GETLK || command == F_OFD_GETLK;
    struct lock_range range = {.owner = of_file ? file : NULL};
    if (copy_from_user(&a, at, sizeof a) != 0) return -EFAULT;
    if (asks && !of_file && a.type == LOCK_NONE) return -EINVAL;
    long result = range_of(file, &a, &range);
    if (result != 0) return result;
    if (!asks && (a.type == LOCK_READ ? !file_can_read(file) : a.type == LOCK_WRITE && !file_can_write(file)))
        return -EBADF;
    if (of_file && a.process != 0) return -EINVAL;
    if (!asks) return locks_set(file->inode, &range, command == F_SETLKW || command == F_OFD_SETLKW);
    const struct lock_range *found = locks_find(file->inode, &range);
    a.type = LOCK_NONE;
    if (found) {
        a = (struct lock_argument){.type = found->type,
                                   .whence = FROM_START,
                                   .start = (int64_t)found->start,
                                   .process = found->owner ? -1 : PROCESS_ID};
        a.length = found->end == INT64_MAX ? 0 : (int64_t)(found->end - found->start + 1);
    }
    return copy_to_user(at, &a, sizeof a);
}

/// Who hears of a file's events, by F_SETOWN: it is remembered, but no signal is sent.
static long set_owner(struct file *file, int32_t type, int64_t id) {
    enum { LAST_TYPE = 2 };
    if (type < 0 || type > LAST_TYPE || id < 0) return -EINVAL;
    if (id != 0 && id != PROCESS_ID && !task_find((uint32_t)id)) return -ESRCH;
    file->owner = (int32_t)id;
    file->owner_type = (uint8_t)type;
    return 0;
}

static long set_or_get_owner(struct file *file, const struct syscall *c) {
    enum { PROCESS = 1, GROUP };
    int32_t pair[2] = {file->owner_type, file->owner}, id = (int32_t)c->arg[2];
    switch (c->arg[1]) {
    case F_SETOWN: return set_owner(file, id < 0 ? GROUP : PROCESS, id < 0 ? -(int64_t)id : id);
    case F_GETOWN: return file->owner_type == GROUP ? -file->owner : file->owner;
    case F_SETOWN_EX:
        return copy_from_user(pair, c->arg[2], sizeof pair) != 0 ? -EFAULT : set_owner(file, pair[0], pair[1]);
    default: return copy_to_user(c->arg[2], pair, sizeof pair);
    }
}

static long file_control(struct file *file, const struct syscall *c) {
    uint32_t argument = (uint32_t)c->arg[2];
    bool is_pipe = inode_is(file->inode, MODE_PIPE);
    switch (c->arg[1]) {
    case F_DUPFD: return duplicate(c->arg[0], argument, false);
    case F_DUPFD_CLOEXEC: return duplicate(c->arg[0], argument, true);
    case F_GETFD: return descriptors_close_on_exec(&process.files, (uint32_t)c->arg[0], -1);
    case F_SETFD: return descriptors_close_on_exec(&process.files, (uint32_t)c->arg[0], argument & 1) < 0 ? -EBADF : 0;
    case F_GETFL: return (long)(file->flags | OPEN_LARGE_FILE);
    case F_SETFL: file->flags = (file->flags & ~(uint32_t)CHANGEABLE) | (argument & CHANGEABLE); return 0;
    case F_GETLK:
    case F_OFD_GETLK:
    case F_SETLK:
    case F_SETLKW:
    case F_OFD_SETLK:
    case F_OFD_SETLKW: return record_lock(file, c->arg[1], c->arg[2]);
    case F_SETOWN:
    case F_GETOWN:
    case F_SETOWN_EX:
    case F_GETOWN_EX: return set_or_get_owner(file, c);
    case F_SETSIG:
        if (argument > SIGNAL_LAST) return -EINVAL;
        file->owner_signal = (uint8_t)argument;
        return 0;
    case F_GETSIG: return file->owner_signal;
    case F_GETLEASE: return LOCK_NONE;
    case F_NOTIFY: return argument == 0 ? 0 : -EINVAL;
    case F_SETPIPE_SZ: return is_pipe ? pipe_set_capacity(file, argument) : -EBADF;
    case F_GETPIPE_SZ: return is_pipe ? (long)pipe_capacity(file) : -EBADF;
    case F_ADD_SEALS: return memory_file_seal(file, argument);
    case F_GET_SEALS: return memory_file_seals(file);
    default: return -EINVAL;
    }
}

long sys_fcntl(const struct syscall *c) {
    struct file *file = file_of_any(c->arg[0]);
    if (!file) return -EBADF;
    uint64_t command = c->arg[1];
    bool of_descriptor = command <= F_GETFL || command == F_DUPFD_CLOEXEC;
    long result = (file->flags & OPEN_PATH) && !of_descriptor ? -EBADF : file_control(file, c);
    file_drop(file);
    return result;
}

long sys_flock(const struct syscall *c) {
    enum { SHARED = 1, EXCLUSIVE = 2, NO_WAIT = 4, UNLOCK = 8, MANDATORY = 32 };
    uint32_t how = (uint32_t)c->arg[1] & ~(uint32_t)NO_WAIT;
    // What was meant for servers of other systems' files is ignored, as on Linux.
    if (how & MANDATORY) return 0;
    if (how != SHARED && how != EXCLUSIVE && how != UNLOCK) return -EINVAL;
    struct file *file = file_of(c->arg[0]);
    if (!file) return -EBADF;
    struct lock_range range = {.owner = file, .end = INT64_MAX, .whole_file = true};
    range.type = how == SHARED ? LOCK_READ : how == EXCLUSIVE ? LOCK_WRITE : LOCK_NONE;
    long result = locks_set(file->inode, &range, !(c->arg[1] & NO_WAIT));
    file_drop(file);
    return result;
}

long sys_memfd_create(const struct syscall *c) {
    enum { CLOSE = 1, ALLOW_SEALING = 2, HUGE = 4, HUGE_SIZE_SHIFT = 26, NO_EXEC = 8, EXEC = 16, NAME_MOST = 249 };
    static const uint64_t known = CLOSE | ALLOW_SEALING | NO_EXEC | EXEC | HUGE;
    char name[NAME_MOST + 1];
    uint64_t flags = (uint32_t)c->arg[1];
    if ((flags & ~known) && (!(flags & HUGE) || (flags & ~known & ((1ull << HUGE_SIZE_SHIFT) - 1)))) return -EINVAL;
    if ((flags & (NO_EXEC | EXEC)) == (NO_EXEC | EXEC)) return -EINVAL;
    long length = user_string(name, c->arg[0], sizeof name);
    if (length < 0) return length == -ENAMETOOLONG ? -EINVAL : length;
    uint32_t seals = flags & NO_EXEC ? SEAL_EXECUTE : flags & ALLOW_SEALING ? 0 : SEAL_SEAL;
    struct file *file = memory_file_make(name, seals, !(flags & NO_EXEC));
    return file ? descriptors_add(&process.files, file, 0, flags & CLOSE) : -ENOMEM;
}

/// posix_fadvise: a hint.
long sys_fadvise64(const struct syscall *c) {
    enum { LAST_ADVICE = 5 };
    struct file *file = file_of(c->arg[0]);
    long result = !file ? -EBADF : inode_is(file->inode, MODE_PIPE) ? -ESPIPE : 0;
    if (result == 0 && ((int64_t)c->arg[2] < 0 || (uint32_t)c->arg[3] > LAST_ADVICE)) result = -EINVAL;
    file_drop(file);
    return result;
}

/// readahead: a hint, too.
long sys_readahead(const struct syscall *c) {
    struct file *file = file_of(c->arg[0]);
    long result = !file || !file_can_read(file) ? -EBADF : inode_is(file->inode, MODE_FILE) ? 0 : -EINVAL;
    file_drop(file);
    return result;
}
