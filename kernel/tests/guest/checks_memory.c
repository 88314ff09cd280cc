// Arguments of system calls on memory: what is refused, and with which error.
#include "checks.h"
#include <sys/mman.h>
#include <sys/stat.h>

// What the C library's headers may be too old for.
enum { POPULATE_READ = 22, POPULATE_WRITE = 23 };
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif
#ifndef PROT_GROWSDOWN
#define PROT_GROWSDOWN 0x01000000
#define PROT_GROWSUP 0x02000000
#endif

static const size_t page = 4096;

/// The call itself: 0, or why not.
#define MAP(...) (raw_map(__VA_ARGS__) == MAP_FAILED ? -1 : 0)
static void *raw_map(void *at, size_t length, int prot, int flags, int fd, off_t offset) {
    return (void *)syscall(SYS_mmap, at, length, prot, flags, fd, offset);
}

static void map(int fd, int read_only, int write_only) {
    const int anonymous = MAP_PRIVATE | MAP_ANONYMOUS;
    CHECK(MAP(NULL, 0, PROT_READ, anonymous, -1, 0));
    CHECK(MAP(NULL, (size_t)-1, PROT_READ, anonymous, -1, 0));
    CHECK(MAP(NULL, (size_t)1 << 47, PROT_READ, anonymous, -1, 0));
    CHECK(MAP(NULL, page, PROT_READ, MAP_ANONYMOUS, -1, 0));
    CHECK(MAP(NULL, page, PROT_READ, MAP_SHARED | MAP_PRIVATE | 4 | MAP_ANONYMOUS, -1, 0));
    CHECK(MAP(NULL, page, PROT_READ, anonymous, -1, 1));
    CHECK(MAP(NULL, page, PROT_READ, anonymous, 999, 4096));
    CHECK(MAP(NULL, page, PROT_READ | 0x10, anonymous, -1, 0));
    CHECK(MAP((void *)1, page, PROT_READ, anonymous | MAP_FIXED, -1, 0));
    CHECK(MAP((void *)1, page, PROT_READ, anonymous, -1, 0));
    CHECK(MAP((void *)0x7ffffffff000, page * 2, PROT_READ, anonymous | MAP_FIXED, -1, 0));
    CHECK(MAP((void *)0x800000000000, page, PROT_READ, anonymous | MAP_FIXED, -1, 0));
    CHECK(MAP(NULL, page, PROT_READ, MAP_PRIVATE, 999, 0));
    CHECK(MAP(NULL, page, PROT_READ, MAP_PRIVATE, fd, 1));
    CHECK(MAP(NULL, page, PROT_READ, MAP_PRIVATE, fd, -4096));
    CHECK(MAP(NULL, 0, PROT_READ, MAP_PRIVATE, fd, 0));
    CHECK(MAP(NULL, page, PROT_READ, 0, fd, 0));
    CHECK(MAP(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, read_only, 0));
    CHECK(MAP(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE, read_only, 0));
    CHECK(MAP(NULL, page, PROT_READ, MAP_PRIVATE, write_only, 0));
    CHECK(MAP(NULL, page, PROT_WRITE, MAP_SHARED, write_only, 0));
    CHECK(MAP(NULL, page, PROT_READ, MAP_SHARED_VALIDATE, fd, 0));
    CHECK(MAP(NULL, page, PROT_READ, MAP_SHARED_VALIDATE | 0x40000000, fd, 0));
    CHECK(MAP(NULL, page, PROT_READ, MAP_SHARED_VALIDATE | MAP_SYNC, fd, 0));
    CHECK(MAP(NULL, page, PROT_READ, MAP_SHARED | 0x40000000, fd, 0));
    int folder = open(".", O_RDONLY), pair[2], path = open(".", O_PATH);
    CHECK(pipe(pair));
    CHECK(MAP(NULL, page, PROT_READ, MAP_PRIVATE, folder, 0));
    CHECK(MAP(NULL, page, PROT_READ, MAP_PRIVATE, pair[0], 0));
    CHECK(MAP(NULL, page, PROT_READ, MAP_PRIVATE, path, 0));
    CHECK(MAP(NULL, page, PROT_READ, MAP_PRIVATE | MAP_GROWSDOWN, fd, 0));
    CHECK(MAP(NULL, page, PROT_READ, MAP_SHARED | MAP_ANONYMOUS | MAP_GROWSDOWN, -1, 0));
    char *there = raw_map(NULL, page, PROT_READ, anonymous, -1, 0);
    CHECK(MAP(there, page, PROT_READ, anonymous | MAP_FIXED_NOREPLACE, -1, 0));
    CHECK(MAP(there + 1, page, PROT_READ, anonymous | MAP_FIXED_NOREPLACE, -1, 0));
    CHECK(munmap(there, page));
    CHECK(munmap(there, page));
    CHECK(munmap(there + 1, page));
    CHECK(munmap(there, 0));
    CHECK(munmap(there, (size_t)-1));
    CHECK(munmap((void *)0xffff800000000000, page));
    CHECK(munmap((void *)-4096, page * 2));
    close(folder), close(pair[0]), close(pair[1]), close(path);
}

static void protect(int read_only) {
    char *m = mmap(NULL, page * 4, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *file = mmap(NULL, page, PROT_READ, MAP_SHARED, read_only, 0);
    CHECK(munmap(m + page * 2, page));
    CHECK(mprotect(m + 1, page, PROT_READ));
    CHECK(mprotect(m, 0, PROT_READ));
    CHECK(mprotect(m, 1, PROT_READ));
    CHECK(mprotect(m, page * 4, PROT_READ));
    CHECK(mprotect(m + page * 2, page, PROT_READ));
    CHECK(mprotect(m, (size_t)-1, PROT_READ));
    CHECK(mprotect(m, (size_t)-page, PROT_READ));
    CHECK(mprotect(m, page, 0x10));
    CHECK(mprotect(m, page, PROT_READ | PROT_GROWSDOWN | PROT_GROWSUP));
    CHECK(mprotect(m, page, PROT_READ | PROT_GROWSDOWN));
    CHECK(mprotect(file, page, PROT_READ | PROT_WRITE));
    CHECK(mprotect(NULL, page, PROT_READ));
    CHECK(madvise(m + 1, page, MADV_NORMAL));
    CHECK(madvise(m, 0, MADV_NORMAL));
    CHECK(madvise(m, page, 999));
    CHECK(madvise(m, page, -1));
    CHECK(madvise(m, page * 4, MADV_DONTNEED));
    CHECK(madvise(m + page * 2, page, MADV_NORMAL));
    CHECK(madvise(m, (size_t)-1, MADV_NORMAL));
    CHECK(madvise(m, (size_t)-page, MADV_NORMAL));
    CHECK(madvise(m, page, MADV_WILLNEED));
    CHECK(madvise(m, page, MADV_FREE));
    CHECK(madvise(file, page, MADV_FREE));
    CHECK(madvise(file, page, MADV_REMOVE));
    CHECK(madvise(m, page, MADV_REMOVE));
    CHECK(madvise(m, page, MADV_DONTFORK));
    CHECK(madvise(m, page, MADV_DOFORK));
    CHECK(madvise(m, page, MADV_WIPEONFORK));
    CHECK(madvise(file, page, MADV_WIPEONFORK));
    CHECK(madvise(m, page, MADV_KEEPONFORK));
    CHECK(madvise(m, page, MADV_DONTDUMP));
    CHECK(madvise(m, page, MADV_DODUMP));
    CHECK(madvise(m, page, MADV_SEQUENTIAL));
    CHECK(madvise(m, page, MADV_COLD));
    CHECK(madvise(m, page, MADV_PAGEOUT));
    CHECK(madvise(m, page, POPULATE_READ));
    CHECK(madvise(m, page, POPULATE_WRITE));
    CHECK(madvise(m + page * 3, page, POPULATE_WRITE));
    CHECK(mprotect(m, page * 2, PROT_READ | PROT_WRITE));
    CHECK(msync(m + 1, page, MS_SYNC));
    CHECK(msync(m, page, MS_SYNC | MS_ASYNC));
    CHECK(msync(m, page, 8));
    CHECK(msync(m, page * 4, MS_SYNC));
    CHECK(msync(m, 0, MS_SYNC));
    CHECK(msync(m, (size_t)-1, MS_SYNC));
    CHECK(msync(file, page, 0));
    CHECK(mlock(m, page));
    CHECK(mlock(m, page * 4));
    CHECK(mlock(m, (size_t)-1));
    CHECK(munlock(m + page * 2, page));
    CHECK(munlock(m, page));
    CHECK(munlock(m, (size_t)-page));
    CHECK(syscall(SYS_mlock2, m, page, 2));
    CHECK(syscall(SYS_mlock2, m, page * 4, 1));
    CHECK(mlockall(0));
    CHECK(mlockall(8));
    CHECK(mlockall(MCL_ONFAULT));
    CHECK(munlockall());
    unsigned char where[8];
    CHECK(mincore(m + 1, page, where));
    CHECK(mincore(m, page * 4, where));
    CHECK(mincore(m, page, NOWHERE));
    CHECK(mincore(m, 0, where));
    CHECK(mincore(m, (size_t)-1, where));
    m[0] = 1;
    CHECK(mincore(m, page, where));
    CHECK(where[0] & 1);
}

static void remap(void) {
    char *m = mmap(NULL, page * 8, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *gone = m + page * 4;
    CHECK(munmap(gone, page));
#define REMAP(...) (mremap(__VA_ARGS__) == MAP_FAILED ? -1 : 0)
    CHECK(REMAP(m + 1, page, page, 0));
    CHECK(REMAP(m, page, 0, 0));
    CHECK(REMAP(m, page, page, 8));
    CHECK(REMAP(m, page, page, MREMAP_FIXED, m));
    CHECK(REMAP(m, page * 5, page * 2, 0));
    CHECK(REMAP(gone, page, page * 2, MREMAP_MAYMOVE));
    CHECK(REMAP(m, page, page * 2, 0));
    CHECK(REMAP(m, page, (size_t)-1, MREMAP_MAYMOVE));
    CHECK(REMAP(m, page, (size_t)1 << 50, MREMAP_MAYMOVE));
    CHECK(REMAP(m, page, page, MREMAP_MAYMOVE | MREMAP_FIXED, m + 1));
    CHECK(REMAP(m, page * 2, page * 2, MREMAP_MAYMOVE | MREMAP_FIXED, m + page));
    CHECK(REMAP(m, page, page, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)0x7ffffffff000));
    CHECK(REMAP(m, page, page, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)-4096));
    CHECK(REMAP(m, 0, page, MREMAP_MAYMOVE));
    CHECK(REMAP(m, page * 2, page * 3, MREMAP_DONTUNMAP | MREMAP_MAYMOVE, NULL));
    CHECK(REMAP(m, page, page, MREMAP_DONTUNMAP, NULL));
    CHECK(REMAP(m + page, page, page, MREMAP_DONTUNMAP | MREMAP_MAYMOVE, NULL));
    CHECK(m[page]);
    CHECK(REMAP(m, page * 2, page, 0));
    CHECK(msync(m + page, page, 0));
    CHECK((long)sbrk(0) == syscall(SYS_brk, 0L));
    CHECK((long)sbrk(0) == syscall(SYS_brk, -1L));
    CHECK((long)sbrk(0) == syscall(SYS_brk, 1L));
}

int main(int argc, char **argv) {
    if (argc < 2 || (mkdir(argv[1], 0700) != 0 && errno != EEXIST) || chdir(argv[1]) != 0) return 1;
    setvbuf(stdout, NULL, _IOFBF, 1 << 16);
    int fd = open("map", O_RDWR | O_CREAT, 0600), read_only = open("map", O_RDONLY), write_only = open("map", O_WRONLY);
    if (ftruncate(fd, 3 * (off_t)page) != 0) return 2;
    map(fd, read_only, write_only);
    protect(read_only);
    remap();
    unlink("map");
    return 0;
}
