// Arguments of system calls on files: what is refused, with which error, and what is cut.
#include "checks.h"
#include <dirent.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/time.h>
#include <sys/uio.h>

// What the C library's headers may be too old for.
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef FALLOC_FL_ZERO_RANGE
#define FALLOC_FL_ZERO_RANGE 0x10
#endif
enum { NO_XDEV = 1, NO_MAGICLINKS = 2, NO_SYMLINKS = 4, BENEATH = 8, IN_ROOT = 16 };
struct how {
    uint64_t flags, mode, resolve;
};

static char buffer[4096];
static const off_t largest = 0x7fffffffffffffff;

/// The calls themselves: the C libraries check some arguments before.
static long raw(long number, long a, long b, long c, long d, long e, long f) {
    return syscall(number, a, b, c, d, e, f);
}
#define RAW(name, ...) RAW_(name, __VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define RAW_(name, a, b, c, d, e, f, ...)                                                                              \
    raw(SYS_##name, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

static void vectors(int fd) {
    struct iovec too_long = {buffer, (size_t)SSIZE_MAX + 1}, negative = {buffer, (size_t)-1};
    struct iovec sum[2] = {{buffer, 16}, {buffer, SSIZE_MAX}}, null[2] = {{buffer, 4}, {NOWHERE, 4}};
    struct iovec second_bad[2] = {{buffer, 4}, {buffer, (size_t)-1}}, empty[2] = {{NULL, 0}, {NOWHERE, 0}};
    CHECK(readv(fd, &too_long, 1));
    CHECK(writev(fd, &too_long, 1));
    CHECK(readv(fd, &negative, 1));
    CHECK(writev(fd, &negative, 1));
    CHECK(preadv(fd, &negative, 1, 0));
    CHECK(pwritev(fd, &negative, 1, 0));
    CHECK(readv(fd, second_bad, 2));
    CHECK(preadv(fd, sum, 2, 0));
    CHECK(preadv(fd, null, 2, 0));
    CHECK(preadv(fd, empty, 2, 0));
    CHECK(RAW(readv, fd, NULL, 0));
    CHECK(RAW(writev, fd, NULL, 0));
    CHECK(RAW(readv, fd, NULL, 1));
    CHECK(RAW(readv, fd, sum, 1025));
    CHECK(RAW(readv, fd, sum, -1));
    CHECK(RAW(writev, fd, sum, INT_MAX));
    CHECK(RAW(preadv, fd, sum, 2, -1, -1));
    CHECK(RAW(preadv2, fd, sum, 1, -1, -1, 0));
    CHECK(RAW(preadv2, fd, sum, 1, -2, -1, 0));
    CHECK(RAW(preadv2, fd, sum, 1, 0, 0, 0x4000));
    CHECK(RAW(pwritev2, fd, sum, 1, 0, 0, 0x4000));
    CHECK(RAW(preadv2, fd, sum, 1, 0, 0, 1));
    CHECK(RAW(pwritev2, fd, sum, 1, 0, 0, 2));
    CHECK(RAW(preadv2, 999, sum, 1, 0, 0, 0x4000));
    CHECK(RAW(pwritev2, fd, sum, 1, 0, 0, 0x10));
    CHECK(RAW(lseek, fd, 0, SEEK_CUR) > 0);
}

static void offsets(int fd) {
    CHECK(ftruncate(fd, 100));
    CHECK(pread(fd, buffer, 10, -1));
    CHECK(pwrite(fd, buffer, 10, -1));
    CHECK(pread(999, buffer, 10, -1));
    CHECK(pread(fd, buffer, 10, largest));
    CHECK(pread(fd, buffer, 10, largest - 4));
    CHECK(pwrite(fd, buffer, 10, largest));
    CHECK(pwrite(fd, buffer, 10, largest - 9));
    CHECK(pread(fd, NOWHERE, 10, 0));
    CHECK(pread(fd, NOWHERE, 0, 0));
    CHECK(pread(fd, (void *)-1, 10, 0));
    CHECK(pread(fd, buffer, (size_t)-1, 95));
    CHECK(lseek(fd, -1, SEEK_SET));
    CHECK(lseek(fd, largest, SEEK_SET));
    CHECK(lseek(fd, 1, SEEK_END));
    CHECK(lseek(fd, -102, SEEK_END));
    CHECK(lseek(fd, largest, SEEK_END));
    CHECK(lseek(fd, 0, 5));
    CHECK(lseek(fd, 0, -1));
    CHECK(lseek(fd, -1, SEEK_DATA));
    CHECK(lseek(fd, 100, SEEK_HOLE));
    CHECK(lseek(fd, 99, SEEK_HOLE));
    CHECK(lseek(fd, 200, SEEK_DATA));
    CHECK(lseek(999, 0, 9));
    CHECK(ftruncate(fd, -1));
    CHECK(RAW(truncate, "nothing", -1));
    CHECK(ftruncate(999, -1));
    CHECK(ftruncate(999, 0));
    CHECK(fallocate(fd, 0, -1, 10));
    CHECK(fallocate(fd, 0, 0, 0));
    CHECK(fallocate(fd, 0, 0, -1));
    CHECK(fallocate(fd, 0, largest, 10));
    CHECK(fallocate(fd, 0x8000, 0, 10));
    CHECK(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 10));
    CHECK(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE, 0, 10));
    CHECK(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 10));
    CHECK(fallocate(999, 0x8000, 0, 10));
    CHECK(posix_fadvise(fd, 0, 0, 99));
    CHECK(posix_fadvise(fd, 0, -1, POSIX_FADV_NORMAL));
    CHECK(posix_fadvise(fd, -1, 0, POSIX_FADV_NORMAL));
    CHECK(posix_fadvise(999, 0, 0, POSIX_FADV_NORMAL));
    CHECK(sync_file_range(fd, -1, 0, 0));
    CHECK(sync_file_range(fd, 0, 0, 8));
    CHECK(sync_file_range(fd, 0, 0, 7));
    CHECK(readahead(fd, 0, 10));
    CHECK(readahead(999, 0, 10));
}

static void transfers(int fd) {
    int other = open("other", O_RDWR | O_CREAT | O_TRUNC, 0600), reads = open("other", O_RDONLY),
        writes = open("other", O_WRONLY);
    int append = open("other", O_WRONLY | O_APPEND), pair[2];
    off_t offset = -1, far = largest, zero = 0;
    loff_t in = -1;
    CHECK(pipe(pair));
    CHECK(ftruncate(fd, 100));
    CHECK(lseek(fd, 0, SEEK_SET));
    CHECK(sendfile(other, fd, &offset, 10));
    CHECK(sendfile(other, fd, &far, 10));
    CHECK(RAW(sendfile, other, fd, &far, -1));
    CHECK(RAW(sendfile, other, fd, NOWHERE, 10));
    CHECK(RAW(sendfile, other, fd, &zero, -1));
    CHECK(zero);
    CHECK(RAW(sendfile, other, fd, NULL, -1));
    CHECK(sendfile(other, 999, NULL, 10));
    CHECK(sendfile(999, fd, NULL, 10));
    CHECK(sendfile(reads, fd, NULL, 10));
    CHECK(sendfile(other, writes, NULL, 10));
    CHECK(sendfile(append, fd, NULL, 10));
    CHECK(sendfile(other, pair[0], NULL, 0));
    zero = 0;
    CHECK(sendfile(other, pair[0], &zero, 10));
    CHECK(sendfile(pair[0], fd, NULL, 10));
    CHECK(sendfile(other, fd, NULL, 0));
    CHECK(copy_file_range(fd, &in, other, NULL, 10, 0));
    CHECK(copy_file_range(fd, NULL, other, NULL, 10, 1));
    CHECK(copy_file_range(fd, NULL, append, NULL, 10, 0));
    CHECK(copy_file_range(fd, NULL, reads, NULL, 10, 0));
    CHECK(copy_file_range(writes, NULL, fd, NULL, 10, 0));
    CHECK(copy_file_range(fd, NULL, pair[1], NULL, 10, 0));
    CHECK(copy_file_range(999, NULL, other, NULL, 10, 0));
    in = largest;
    CHECK(copy_file_range(fd, &in, other, NULL, 10, 0));
    in = 0;
    loff_t out = 5;
    CHECK(copy_file_range(other, &in, other, &out, 10, 0));
    CHECK(splice(fd, NULL, other, NULL, 10, 0));
    CHECK(splice(fd, NULL, pair[1], NULL, 10, 0x10));
    CHECK(splice(fd, NULL, pair[1], &in, 10, 0));
    CHECK(splice(fd, NULL, pair[1], NULL, 0, 0));
    CHECK(splice(pair[0], NULL, other, NULL, 10, SPLICE_F_NONBLOCK));
    CHECK(splice(pair[1], NULL, other, NULL, 10, 0));
    CHECK(splice(999, NULL, other, NULL, 0, 0));
    CHECK(splice(pair[0], NULL, pair[1], NULL, 10, SPLICE_F_NONBLOCK));
    in = -1;
    CHECK(splice(fd, &in, pair[1], NULL, 10, 0));
    CHECK(write(pair[1], "abc", 3));
    CHECK(splice(pair[0], NULL, append, NULL, 3, 0));
    CHECK(tee(pair[0], pair[1], 10, 0));
    CHECK(tee(fd, pair[1], 10, 0));
    CHECK(tee(pair[0], pair[1], 10, 0x10));
    CHECK(tee(999, pair[1], 10, 0));
    CHECK(vmsplice(fd, NULL, 0, 0));
    CHECK(vmsplice(pair[1], NULL, 0, 0x10));
    CHECK(vmsplice(pair[1], NULL, 0, 0));
    CHECK(vmsplice(999, NULL, 0, 0));
    close(other), close(reads), close(writes), close(append), close(pair[0]), close(pair[1]);
}

static void opening(void) {
    struct how how = {.flags = O_RDONLY}, big[2] = {{.flags = O_RDONLY}, {.flags = 1}};
    CHECK_WORKS(openat(AT_FDCWD, "file", O_RDONLY | O_PATH | O_CREAT, 0600));
    CHECK(open("", O_RDONLY));
    CHECK(open(NOWHERE, O_RDONLY));
    CHECK(open("file/", O_RDONLY));
    CHECK(open("file/x", O_RDONLY));
    CHECK(open("file/.", O_RDONLY));
    CHECK(open("new/", O_RDWR | O_CREAT, 0600));
    CHECK(open(".", O_RDWR));
    CHECK(open(".", O_RDONLY | O_CREAT, 0600));
    CHECK(open("file", O_RDONLY | O_DIRECTORY));
    CHECK(open("file", O_RDONLY | O_DIRECTORY | O_CREAT, 0600));
    CHECK(open("newdir", O_RDONLY | O_DIRECTORY | O_CREAT, 0600));
    CHECK(open("file", O_RDWR | O_CREAT | O_EXCL, 0600));
    CHECK(openat(999, "file", O_RDONLY));
    CHECK(openat(0, "file", O_RDONLY));
    CHECK(open(".", O_RDONLY | O_TMPFILE, 0600));
    CHECK(open("file", O_RDWR | O_TMPFILE, 0600));
    CHECK(open("none", O_RDWR | O_TMPFILE, 0600));
    CHECK(RAW(openat2, AT_FDCWD, "file", &how, 0));
    CHECK(RAW(openat2, AT_FDCWD, "file", &how, 8));
    CHECK_WORKS(RAW(openat2, AT_FDCWD, "file", &how, sizeof how));
    CHECK(RAW(openat2, AT_FDCWD, "file", big, sizeof big));
    big[1].flags = 0;
    CHECK_WORKS(RAW(openat2, AT_FDCWD, "file", big, sizeof big));
    how.mode = 0600;
    CHECK(RAW(openat2, AT_FDCWD, "file", &how, sizeof how));
    how.mode = 0, how.flags = 1ull << 40;
    CHECK(RAW(openat2, AT_FDCWD, "file", &how, sizeof how));
    how.flags = O_RDONLY, how.resolve = 1 << 20;
    CHECK(RAW(openat2, AT_FDCWD, "file", &how, sizeof how));
    how.resolve = BENEATH;
    CHECK_WORKS(RAW(openat2, AT_FDCWD, "file", &how, sizeof how));
    CHECK(RAW(openat2, AT_FDCWD, "../file", &how, sizeof how));
    CHECK(RAW(openat2, AT_FDCWD, "/etc", &how, sizeof how));
    CHECK_WORKS(RAW(openat2, AT_FDCWD, "dir/../file", &how, sizeof how));
    CHECK(RAW(openat2, AT_FDCWD, "out", &how, sizeof how));
    how.resolve = NO_SYMLINKS;
    CHECK(RAW(openat2, AT_FDCWD, "link", &how, sizeof how));
    CHECK_WORKS(RAW(openat2, AT_FDCWD, "file", &how, sizeof how));
    how.resolve = NO_MAGICLINKS;
    CHECK_WORKS(RAW(openat2, AT_FDCWD, "link", &how, sizeof how));
    CHECK(RAW(openat2, AT_FDCWD, "/proc/self/exe", &how, sizeof how));
    how.resolve = IN_ROOT;
    CHECK_WORKS(RAW(openat2, AT_FDCWD, "/../file", &how, sizeof how));
    CHECK(RAW(openat2, AT_FDCWD, "out", &how, sizeof how));
    how.resolve = NO_XDEV;
    CHECK(RAW(openat2, AT_FDCWD, "/proc/self", &how, sizeof how));
    how.resolve = 0, how.flags = O_WRONLY | O_RDWR;
    CHECK(RAW(openat2, AT_FDCWD, "file", NOWHERE, sizeof how));
    how.flags = O_RDWR | O_CREAT, how.mode = 0600;
    CHECK_WORKS(RAW(openat2, AT_FDCWD, "made", &how, sizeof how));
    how.mode = 010000;
    CHECK(RAW(openat2, AT_FDCWD, "made", &how, sizeof how));
}

static void descriptors(int fd) {
    int pair[2];
    CHECK(RAW(pipe2, pair, 0x40));
    CHECK(RAW(pipe2, NOWHERE, 0));
    CHECK(dup2(fd, -1));
    CHECK(dup2(999, 5));
    CHECK(dup2(fd, 1 << 30));
    CHECK(dup2(fd, fd) == fd);
    CHECK(dup3(fd, fd, 0));
    CHECK(dup3(999, 998, 0));
    CHECK(dup3(fd, 100, 1));
    CHECK(dup3(fd, -1, 0));
    CHECK(fcntl(fd, F_DUPFD, -1));
    CHECK(fcntl(fd, F_DUPFD, 1 << 30));
    CHECK(fcntl(fd, 9999, 0));
    CHECK(fcntl(999, 9999, 0));
    CHECK(fcntl(fd, F_SETFD, 3));
    CHECK(fcntl(fd, F_GETFD));
    CHECK(fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK | O_CREAT | O_TRUNC));
    CHECK(fcntl(fd, F_GETFL) == (O_RDWR | O_APPEND | O_NONBLOCK | 0100000));
    CHECK(fcntl(fd, F_SETFL, 0));
    CHECK(fcntl(fd, F_GETPIPE_SZ));
    CHECK(fcntl(fd, F_GETSIG));
    CHECK(fcntl(fd, F_SETSIG, 99));
    CHECK(fcntl(fd, F_GETLEASE));
    CHECK(fcntl(fd, F_GETOWN));
    CHECK(fcntl(fd, F_SETOWN, getpid()));
    CHECK(fcntl(fd, F_GETOWN) == getpid());
    CHECK(fcntl(fd, F_SETOWN, 0));
    CHECK(fcntl(fd, F_NOTIFY, 0));
    CHECK(fcntl(fd, F_GET_SEALS));
    CHECK(fcntl(fd, F_ADD_SEALS, 0));
    CHECK(flock(fd, 0));
    CHECK(flock(fd, 99));
    CHECK(flock(fd, LOCK_SH | LOCK_EX));
    CHECK(flock(999, LOCK_SH));
    CHECK(RAW(close_range, 10, 5, 0));
    CHECK(RAW(close_range, 900, 1000, 8));
    CHECK(RAW(close_range, 900, -1, 0));
    CHECK(ioctl(fd, 0x1234, 0));
    CHECK(ioctl(999, 0x1234, 0));
    CHECK(ioctl(fd, FIONREAD, NOWHERE));
    int waiting;
    CHECK(lseek(fd, 30, SEEK_SET));
    CHECK(ioctl(fd, FIONREAD, &waiting));
    CHECK(waiting);
    CHECK(ioctl(fd, FIONBIO, NOWHERE));
    CHECK(pipe(pair));
    CHECK(fcntl(pair[0], F_SETPIPE_SZ, -1));
    CHECK(fcntl(pair[0], F_SETPIPE_SZ, 0));
    CHECK(fcntl(pair[0], F_SETPIPE_SZ, 5000));
    CHECK(fcntl(pair[0], F_GETPIPE_SZ));
    CHECK(lseek(pair[0], 0, SEEK_CUR));
    CHECK(pread(pair[0], buffer, 1, 0));
    CHECK(pwrite(pair[1], buffer, 1, -1));
    CHECK(write(pair[0], "x", 1));
    CHECK(read(pair[1], buffer, 1));
    CHECK(write(pair[1], NOWHERE, 1));
    CHECK(ftruncate(pair[1], 0));
    CHECK(fsync(pair[1]));
    CHECK(fallocate(pair[1], 0, 0, 1));
    CHECK(fchdir(pair[1]));
    CHECK(fchdir(fd));
    CHECK(fchdir(999));
    CHECK(RAW(getdents64, fd, buffer, sizeof buffer));
    int folder = open(".", O_RDONLY);
    CHECK(RAW(getdents64, folder, buffer, 8));
    CHECK(RAW(getdents64, 999, buffer, sizeof buffer));
    CHECK(RAW(getdents, folder, buffer, 8));
    CHECK(RAW(getdents, fd, buffer, sizeof buffer));
    CHECK(read(folder, buffer, 1));
    CHECK(write(folder, buffer, 1));
    CHECK(ftruncate(folder, 0));
    CHECK(ftruncate(fd, 0));
    CHECK(fsync(folder));
    close(folder), close(pair[0]), close(pair[1]);
}

static void seals(void) {
    int fd = memfd_create("sealed", MFD_ALLOW_SEALING), none = memfd_create("none", 0);
    CHECK(memfd_create("x", 0x40));
    CHECK(memfd_create("x", 0x18));
    CHECK(RAW(memfd_create, "x", MFD_CLOEXEC | 0x20));
    CHECK(RAW(memfd_create, NOWHERE, 0));
    char name[300];
    memset(name, 'n', sizeof name);
    name[249] = '\0';
    CHECK_WORKS(memfd_create(name, 0));
    name[249] = 'n', name[250] = '\0';
    CHECK(memfd_create(name, 0));
    CHECK(fcntl(none, F_GET_SEALS));
    CHECK(fcntl(none, F_ADD_SEALS, F_SEAL_WRITE));
    CHECK(ftruncate(fd, 8192));
    char *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(fcntl(fd, F_ADD_SEALS, 0x100));
    CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    CHECK(fcntl(fd, F_GET_SEALS));
    CHECK(mprotect(shared, 4096, PROT_READ));
    CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    CHECK(munmap(shared, 4096));
    shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK));
    CHECK(ftruncate(fd, 4096));
    CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW));
    CHECK(ftruncate(fd, 8192 * 2));
    CHECK(pwrite(fd, "x", 1, 8192));
    CHECK(pwrite(fd, "xyz", 3, 8190));
    CHECK(fallocate(fd, 0, 0, 8193));
    CHECK(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096));
    CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    CHECK(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096));
    CHECK(pwrite(fd, "x", 1, 0));
    CHECK(pwrite(fd, "x", 0, 0));
    CHECK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
    CHECK(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED);
    CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL));
    CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK));
    CHECK(fcntl(fd, F_GET_SEALS));
    int read_only = open("/dev/null", O_RDONLY);
    CHECK(fcntl(read_only, F_ADD_SEALS, 0));
    CHECK(fcntl(read_only, F_GET_SEALS));
    close(fd), close(none), close(read_only);
}

static void names(const char *program) {
    struct stat s;
    char statx_buffer[256], text[8];
    CHECK(RAW(faccessat2, AT_FDCWD, "file", 8, 0));
    CHECK(RAW(faccessat2, AT_FDCWD, "file", 0, 0x8000));
    CHECK(RAW(faccessat, AT_FDCWD, "file", 8));
    CHECK(access("file", W_OK));
    CHECK(access("none", 8));
    CHECK(access(NOWHERE, 0));
    CHECK(access("", 0));
    CHECK(access(program, R_OK));
    CHECK(access(program, X_OK));
    CHECK(access(program, W_OK));
    CHECK(access("/proc/self/exe", W_OK));
    CHECK(open(program, O_WRONLY));
    CHECK(open(program, O_RDWR));
    CHECK(open("/proc/self/exe", O_RDWR));
    CHECK(open(program, O_RDONLY | O_TRUNC));
    CHECK(truncate(program, 1 << 20));
    CHECK(RAW(newfstatat, AT_FDCWD, "file", &s, 0x8000));
    CHECK(RAW(newfstatat, AT_FDCWD, "", &s, 0));
    CHECK(RAW(newfstatat, AT_FDCWD, "", &s, AT_EMPTY_PATH));
    CHECK(RAW(newfstatat, 999, "", &s, AT_EMPTY_PATH));
    CHECK(RAW(newfstatat, 999, "x", &s, 0));
    CHECK(RAW(newfstatat, AT_FDCWD, "file", NOWHERE, 0));
    CHECK(RAW(statx, AT_FDCWD, "file", 0x8000, 0x7ff, statx_buffer));
    CHECK(RAW(statx, AT_FDCWD, "file", 0, 0x80000000, statx_buffer));
    CHECK(RAW(statx, AT_FDCWD, "file", 0x6000, 0x7ff, statx_buffer));
    CHECK(RAW(statx, AT_FDCWD, "file", 0x2000, 0, statx_buffer));
    CHECK(RAW(statx, AT_FDCWD, "file", 0, 0x7ff, NOWHERE));
    CHECK(RAW(statx, AT_FDCWD, NULL, AT_EMPTY_PATH, 0x7ff, statx_buffer));
    CHECK(RAW(statx, AT_FDCWD, "", AT_EMPTY_PATH, 0x7ff, statx_buffer));
    CHECK(RAW(unlinkat, AT_FDCWD, "file", 1));
    CHECK(RAW(unlinkat, AT_FDCWD, "file", AT_REMOVEDIR));
    CHECK(RAW(unlinkat, AT_FDCWD, "dir", 0));
    CHECK(RAW(unlinkat, AT_FDCWD, "dir/.", AT_REMOVEDIR));
    CHECK(RAW(unlinkat, AT_FDCWD, "dir/..", AT_REMOVEDIR));
    CHECK(RAW(unlinkat, AT_FDCWD, "file/", 0));
    CHECK(rmdir("none"));
    CHECK(rmdir("/"));
    CHECK(unlink("/"));
    CHECK(unlink(".."));
    CHECK(mkdir("file", 0700));
    CHECK(mkdir(".", 0700));
    CHECK(mkdir("/", 0700));
    CHECK(mkdir("none/x", 0700));
    CHECK(mkdir("file/x", 0700));
    CHECK(RAW(renameat2, AT_FDCWD, "file", AT_FDCWD, "b", 0x10));
    CHECK(RAW(renameat2, AT_FDCWD, "file", AT_FDCWD, "b", 3));
    CHECK(RAW(renameat2, AT_FDCWD, "none", AT_FDCWD, "b", 1));
    CHECK(RAW(renameat2, AT_FDCWD, "file", AT_FDCWD, "other", 1));
    CHECK(RAW(renameat2, AT_FDCWD, "file", AT_FDCWD, "none", 2));
    CHECK(RAW(renameat2, AT_FDCWD, "file", AT_FDCWD, "b", 6));
    CHECK(rename("dir", "dir/x"));
    CHECK(rename(".", "x"));
    CHECK(rename("dir/..", "x"));
    CHECK(rename("/", "x"));
    CHECK(rename("file", "dir"));
    CHECK(rename("dir", "file"));
    CHECK(rename("file", "file"));
    CHECK(link("dir", "x"));
    CHECK(link("file", "other"));
    CHECK(link("none", "x"));
    CHECK(RAW(linkat, AT_FDCWD, "file", AT_FDCWD, "x", 0x8000));
    CHECK(symlink("", "x"));
    CHECK(symlink("x", "file"));
    CHECK(symlink("x", ""));
    CHECK(readlink("file", text, sizeof text));
    CHECK(readlink("none", text, sizeof text));
    CHECK(RAW(readlink, "link", text, 0));
    CHECK(RAW(readlink, "link", text, -1));
    CHECK(readlink("link", text, 2));
    CHECK(readlink("link", NOWHERE, 2));
    CHECK(RAW(getcwd, text, 1));
    CHECK(RAW(getcwd, NOWHERE, 4096));
    CHECK(chdir("file"));
    CHECK(chdir("none"));
    CHECK(chdir(""));
    CHECK(chmod("none", 0600));
    CHECK(RAW(fchmod, 999, 0600));
    CHECK(RAW(fchmodat2, AT_FDCWD, "file", 0600, 0x8000));
    CHECK(RAW(fchmodat2, AT_FDCWD, "file", 0600, 0));
    CHECK(RAW(fchownat, AT_FDCWD, "file", 0, 0, 0x8000));
    CHECK(chown("none", 0, 0));
    struct timespec bad[2] = {{0, 1000000000}, {0, 0}}, omit[2] = {{-7, UTIME_OMIT}, {0, UTIME_OMIT}};
    CHECK(RAW(utimensat, AT_FDCWD, "file", bad, 0));
    CHECK(RAW(utimensat, AT_FDCWD, "none", omit, 0));
    CHECK(RAW(utimensat, AT_FDCWD, "file", omit, 0x8000));
    CHECK(RAW(utimensat, 999, NULL, NULL, 0));
    CHECK(RAW(utimensat, AT_FDCWD, NULL, NULL, 0));
    struct timeval bad_times[2] = {{0, 1000000}, {0, 0}};
    CHECK(RAW(utimes, "file", bad_times));
    CHECK(RAW(futimesat, AT_FDCWD, "file", bad_times));
    CHECK(mknod("fifo", 0600 | 0030000, 0));
    CHECK(mknod("x", S_IFDIR | 0600, 0));
    CHECK(mknod("x", S_IFLNK | 0600, 0));
    CHECK(mknod("file", S_IFREG | 0600, 0));
    struct statfs f;
    CHECK(statfs("none", &f));
    CHECK(RAW(statfs, "file", NOWHERE));
    CHECK(fstatfs(999, &f));
    char *component = malloc(5000);
    memset(component, 'c', 4999);
    component[256] = '\0';
    CHECK(open(component, O_RDONLY) == -1 && errno == ENAMETOOLONG);
    CHECK(open(component, O_RDWR | O_CREAT, 0600) == -1 && errno == ENAMETOOLONG);
    CHECK(mkdir(component, 0700) == -1 && errno == ENAMETOOLONG);
    component[255] = '\0';
    CHECK(open(component, O_RDONLY) == -1 && errno == ENOENT);
    component[255] = 'c', component[256] = 'c', component[4096] = '\0';
    CHECK(open(component, O_RDONLY) == -1 && errno == ENAMETOOLONG);
    CHECK(symlink(component, "x") == -1 && errno == ENAMETOOLONG);
    free(component);
    CHECK(fcntl(-1, F_GETFD));
    CHECK(umask(07777 | 1 << 20));
    CHECK(umask(022));
}

/// The old way to read a folder: names, then the type in the last byte of each entry.
static void legacy_folder(void) {
    struct entry {
        unsigned long inode, offset;
        unsigned short length;
        char name[];
    };
    int fd = open("dir", O_RDONLY | O_DIRECTORY);
    char text[1024];
    long n = RAW(getdents, fd, text, sizeof text), names = 0, right = 0;
    for (long at = 0; at < n;) {
        const struct entry *e = (const struct entry *)(text + at);
        struct stat s;
        char type = text[at + e->length - 1];
        fstatat(fd, e->name, &s, AT_SYMLINK_NOFOLLOW);
        names++;
        right += (type == DT_DIR) == S_ISDIR(s.st_mode) && e->length % 8 == 0 &&
                 (s.st_ino == e->inode || !strcmp(e->name, ".."));
        at += e->length;
    }
    printf("getdents: %ld names, %ld right\n", names, right);
    CHECK(RAW(getdents, fd, text, sizeof text));
    CHECK(lseek(fd, 0, SEEK_SET));
    CHECK(RAW(getdents, fd, text, 20));
    CHECK(RAW(getdents, fd, text, 24));
    CHECK(lseek(fd, -1, SEEK_SET));
    close(fd);
}

int main(int argc, char **argv) {
    if (argc < 2 || (mkdir(argv[1], 0700) != 0 && errno != EEXIST)) return 1;
    char program[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    if (n < 0 || chdir(argv[1]) != 0) return 2;
    program[n] = '\0';
    setvbuf(stdout, NULL, _IOFBF, 1 << 16);
    umask(022);
    int fd = open("file", O_RDWR | O_CREAT, 0600);
    mkdir("dir", 0700);
    close(open("dir/leaf", O_RDWR | O_CREAT, 0600));
    symlink("file", "link");
    symlink("/etc", "out");
    vectors(fd);
    offsets(fd);
    transfers(fd);
    opening();
    descriptors(fd);
    seals();
    names(program);
    legacy_folder();
    return 0;
}
