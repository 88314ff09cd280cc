// Reading and writing.

#include "fs/file.h"
#include "fs/writeback.h"
#include "lib/errno.h"
#include "sys/calls.h"
#include "sys/io_vector.h"
#include "sys/proc_counters.h"
#include "proc/process.h"
#include "proc/signal.h"

enum direction { READ, WRITE };

static long transfer(struct file *file, struct io *io, const uint64_t *at, enum direction way) {
    long n = way == READ ? file_read(file, io, at) : file_write(file, io, at);
    if (n == -EPIPE) signal_broken_pipe();
    struct transfer_counters *c = &transfer_counters;
    *(way == READ ? &c->reads : &c->writes) += 1;
    if (n > 0) *(way == READ ? &c->read_bytes : &c->written_bytes) += (uint64_t)n;
    return n;
}

static long one_piece(const struct syscall *c, const uint64_t *at, enum direction way) {
    struct file *file = file_of(c->arg[0]);
    if (!file) return -EBADF;
    struct io io;
    io_user(&io, c->arg[1], c->arg[2] < IO_LARGEST ? c->arg[2] : IO_LARGEST);
    // As on Linux the whole range counts, also where less will be moved.
    bool may = way == READ ? file_can_read(file) : file_can_write(file);
    long n = may && !is_user_range(c->arg[1], c->arg[2]) ? -EFAULT : transfer(file, &io, at, way);
    file_drop(file);
    return n;
}

static long many_pieces(const struct syscall *c, const uint64_t *at, enum direction way) {
    struct io_vector v;
    struct file *file = file_of(c->arg[0]);
    if (!file) return -EBADF;
    enum { HIGH_PRIORITY = 1, DATA_SYNC = 2, SYNC = 4, NOWAIT = 8, APPEND = 16, LAST_CALLS_OF_FLAGS = 327 };
    static const uint64_t known = HIGH_PRIORITY | DATA_SYNC | SYNC | NOWAIT | APPEND;
    uint64_t flags = c->number >= LAST_CALLS_OF_FLAGS ? (uint32_t)c->arg[5] : 0, end;
    bool may = way == READ ? file_can_read(file) : file_can_write(file);
    long n = may ? io_vector_get(&v, c->arg[1], c->arg[2]) : -EBADF;
    if (n == 0) {
        if (flags & ~known) n = -EOPNOTSUPP;
        if ((flags & APPEND) && file->operations->seekable) {
            end = file->inode->size;
            if (at) at = &end;
            else file->position = end;
        }
        if (n == 0) n = transfer(file, &v.io, at, way);
        if (n > 0 && way == WRITE && (flags & (DATA_SYNC | SYNC)) && file->operations->sync) {
            int synced = file->operations->sync(file, !(flags & SYNC));
            if (synced != 0) n = synced;
        }
        io_vector_put(&v);
    }
    file_drop(file);
    return n;
}

long sys_read(const struct syscall *c) { return one_piece(c, NULL, READ); }
long sys_write(const struct syscall *c) { return one_piece(c, NULL, WRITE); }
long sys_readv(const struct syscall *c) { return many_pieces(c, NULL, READ); }
long sys_writev(const struct syscall *c) { return many_pieces(c, NULL, WRITE); }

long sys_pread64(const struct syscall *c) { return (int64_t)c->arg[3] < 0 ? -EINVAL : one_piece(c, &c->arg[3], READ); }
long sys_pwrite64(const struct syscall *c) {
    return (int64_t)c->arg[3] < 0 ? -EINVAL : one_piece(c, &c->arg[3], WRITE);
}
long sys_preadv(const struct syscall *c) { return (int64_t)c->arg[3] < 0 ? -EINVAL : many_pieces(c, &c->arg[3], READ); }
long sys_pwritev(const struct syscall *c) {
    return (int64_t)c->arg[3] < 0 ? -EINVAL : many_pieces(c, &c->arg[3], WRITE);
}

/// preadv2 and pwritev2: an offset of -1 means the file's position; most flags are hints, but those unknown are
/// refused.
static long with_flags(const struct syscall *c, enum direction way) {
    return (int64_t)c->arg[3] < -1 ? -EINVAL : many_pieces(c, (int64_t)c->arg[3] == -1 ? NULL : &c->arg[3], way);
}

long sys_preadv2(const struct syscall *c) { return with_flags(c, READ); }
long sys_pwritev2(const struct syscall *c) { return with_flags(c, WRITE); }

long sys_lseek(const struct syscall *c) {
    struct file *file = file_of(c->arg[0]);
    if (!file) return -EBADF;
    long result = file_seek(file, (int64_t)c->arg[1], (int)c->arg[2]);
    file_drop(file);
    return result;
}

long sys_fsync(const struct syscall *c) {
    struct file *file = file_of(c->arg[0]);
    if (!file) return -EBADF;
    enum { FDATASYNC = 75 };
    long result = file->operations->sync ? file->operations->sync(file, c->number == FDATASYNC) : -EINVAL;
    file_drop(file);
    return result;
}

/// syncfs: all file systems that have a disk are synced, which is more than was asked for.
long sys_syncfs(const struct syscall *c) {
    struct file *file = file_of(c->arg[0]);
    if (!file) return -EBADF;
    file_drop(file);
    return writeback_all();
}

/// sync_file_range: more than was asked for, too.
long sys_sync_file_range(const struct syscall *c) {
    enum { ALL = 7 };
    if (c->arg[3] & ~(uint64_t)ALL || (int64_t)c->arg[1] < 0 || (int64_t)c->arg[2] < 0) return -EINVAL;
    struct file *file = file_of(c->arg[0]);
    if (!file) return -EBADF;
    long result = file->operations->sync ? file->operations->sync(file, true) : -ESPIPE;
    file_drop(file);
    return result;
}

long sys_sync(const struct syscall *c) {
    (void)c;
    (void)writeback_all();
    return 0;
}

enum { FIGETBSZ = 2, FIONCLEX = 0x5450, FIOCLEX = 0x5451, FIONBIO = 0x5421, FIOASYNC = 0x5452, FIONREAD = 0x541b };
#define FITRIM 0xc0185879u

/// FITRIM of any file or folder of a file system: what is free there need not be kept by the disk.
static long trim(const struct file *file, user_ptr_t at) {
    struct {
        uint64_t start, length, least;
    } range;
    struct filesystem *fs = file->inode->filesystem;
    uint64_t size = fs->blocks * fs->block_size, end;
    if (!fs->trim) return -ENOTTY;
    if (!credentials_can(&task_current()->credentials, CAPABILITY_SYS_ADMIN)) return -EPERM;
    if (copy_from_user(&range, at, sizeof range) != 0) return -EFAULT;
    if (range.start >= size || range.length < fs->block_size) return -EINVAL;
    if (__builtin_add_overflow(range.start, range.length, &end) || end > size) end = size;
    range.length = 0;
    int result = fs->trim(fs, range.start, end, range.least, &range.length);
    return result == 0 ? copy_to_user(at, &range, sizeof range) : result;
}

/// What every regular file and folder answers.
static long control_file(const struct file *file, uint32_t request, user_ptr_t to) {
    if (request == FITRIM) return trim(file, to);
    int32_t answer = (int32_t)file->inode->filesystem->block_size;
    if (request == FIONREAD && inode_is(file->inode, MODE_FILE)) answer = (int32_t)(file->inode->size - file->position);
    else if (request != FIGETBSZ) return -ENOTTY;
    return copy_to_user(to, &answer, sizeof answer);
}

long sys_ioctl(const struct syscall *c) {
    struct file *file = file_of(c->arg[0]);
    if (!file) return -EBADF;
    uint32_t request = (uint32_t)c->arg[1];
    int32_t on;
    long result;
    if (request == FIONBIO || request == FIOASYNC) {
        uint32_t flag = request == FIONBIO ? OPEN_NONBLOCK : OPEN_ASYNC;
        result = copy_from_user(&on, c->arg[2], sizeof on);
        if (result == 0) file->flags = on ? file->flags | flag : file->flags & ~flag;
    } else if (request == FIOCLEX || request == FIONCLEX) {
        result = descriptors_close_on_exec(&process.files, (uint32_t)c->arg[0], request == FIOCLEX);
        if (result > 0) result = 0;
    } else {
        result = file->operations->control ? file->operations->control(file, request, c->arg[2])
                                           : control_file(file, request, c->arg[2]);
    }
    file_drop(file);
    return result;
}
