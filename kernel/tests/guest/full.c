// A disk that fills up: what does not fit is refused with ENOSPC where it is written, nothing that was there is harmed,
// and what is removed makes room again. Most of the disk is set aside at first, so that the rest is full soon.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { PIECE = 65536, PAGE = 4096, FILES_MOST = 200, ANOTHER = FILES_MOST, ROOM = 6 << 20 };

static unsigned char buffer[PIECE], found[PIECE];

static void say(const char *what, long result) {
    if (result < 0) printf("%s: %s\n", what, strerror(errno));
    else printf("%s: %ld\n", what, result);
}

/// What file `n` holds: no two pieces are alike.
static const unsigned char *content(unsigned n) {
    for (unsigned i = 0; i < PIECE; i++) buffer[i] = (unsigned char)(n * 31 + i * 7 + (i >> 8));
    return buffer;
}

static const char *name(unsigned n) {
    static char text[32];
    snprintf(text, sizeof text, "fill-%u", n);
    return text;
}

/// Makes files of a piece each from number `n` on, until one does not fit. How many did; that one is removed.
static unsigned fill(unsigned n) {
    unsigned first = n;
    for (; n < first + FILES_MOST; n++) {
        int fd = open(name(n), O_CREAT | O_EXCL | O_WRONLY, 0644);
        ssize_t written = fd < 0 ? -1 : write(fd, content(n), PIECE);
        int error = errno, synced = fd < 0 ? 0 : fsync(fd);
        if (fd >= 0) close(fd);
        if (synced != 0) say("fsync", -1);
        if (written == PIECE) continue;
        if (written < 0 && error != ENOSPC) printf("write: %s\n", strerror(error));
        unlink(name(n));
        break;
    }
    return n - first;
}

static unsigned whole(unsigned first, unsigned count) {
    unsigned right = 0;
    for (unsigned n = first; n < first + count; n++) {
        int fd = open(name(n), O_RDONLY);
        right += fd >= 0 && read(fd, found, PIECE) == PIECE && memcmp(found, content(n), PIECE) == 0;
        if (fd >= 0) close(fd);
    }
    return right;
}

static sigjmp_buf back;

static void handle(int number) { siglongjmp(back, number); }

/// Nothing fits any more: each way of asking for room says so, and what has its room is written all the same.
static void while_full(int kept, int sparse, char *map, char *hole) {
    struct stat before, after;
    int fd = open("small", O_CREAT | O_WRONLY, 0644);
    while (write(fd, buffer, PAGE) == PAGE) {
    }
    say("one page more", write(fd, buffer, PAGE));
    say("one byte of a page more", pwrite(sparse, "x", 1, 40 * PAGE));
    say("room set aside", fallocate(sparse, 0, 0, 10 * PIECE));
    say("a length without room", ftruncate(sparse, 1 << 30));
    fstat(kept, &before);
    say("write over what is there", pwrite(kept, "KEPT", 4, 0));
    memcpy(map + PAGE, "MAPPED", 6);
    say("sync that", fsync(kept) | msync(map, 2 * PAGE, MS_SYNC));
    fstat(kept, &after);
    printf("its length: %d\n", before.st_size == after.st_size);
    int number = sigsetjmp(back, 1);
    if (number == 0) hole[0] = 1;
    printf("a mapped hole: signal %d\n", number);
    close(fd);
    unlink("small");
    sync();
}

/// A file system in memory has half of it, and room again when a file goes.
static void in_memory(void) {
    struct statvfs before, after;
    statvfs("/dev/shm", &before);
    for (int round = 0; round < 2; round++) {
        int fd = open("/dev/shm/large", O_CREAT | O_WRONLY, 0644);
        long pages = 0;
        ssize_t n;
        while ((n = write(fd, buffer, PIECE)) > 0) pages += n / PAGE;
        say("one page more in memory", n);
        printf("all of its room was taken: %d\n", pages == (long)before.f_blocks);
        say("room for a file that has none", ftruncate(fd, 0));
        close(fd);
        unlink("/dev/shm/large");
    }
    statvfs("/dev/shm", &after);
    printf("half of the memory, free again: %d\n", before.f_bavail == after.f_bavail && before.f_blocks > 4000);
}

int main(void) {
    static const char text[] = "kept whatever happens\n";
    struct statvfs roomy, full, again;
    signal(SIGBUS, handle);
    setvbuf(stdout, NULL, _IOLBF, 0);
    mkdir("/work", 0755);
    if (chdir("/work") != 0) return 1;
    int kept = open("kept", O_CREAT | O_RDWR, 0644), sparse = open("sparse", O_CREAT | O_RDWR, 0644);
    for (int i = 0; i < 1000; i++) write(kept, text, sizeof text - 1);
    ftruncate(sparse, 64 * PAGE);
    char *map = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, kept, 0);
    char *hole = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, sparse, 8 * PAGE);
    fsync(kept);
    statvfs(".", &roomy);
    int ballast = open("ballast", O_CREAT | O_WRONLY, 0644);
    say("all but a little set aside", fallocate(ballast, 0, 0, (off_t)roomy.f_bavail * PAGE - ROOM));
    statvfs(".", &roomy);
    unsigned made = fill(0);
    statvfs(".", &full);
    printf("filled: %d, nearly no room: %d\n", made >= 16, full.f_bavail <= PIECE / PAGE);
    while_full(kept, sparse, map, hole);
    printf("whole: %d\n", whole(0, made) == made);
    for (int round = 0; round < 4; round++) {
        for (unsigned n = 0; n < made; n += 2) unlink(name(n));
        unsigned freed = (made + 1) / 2, refilled = fill(ANOTHER);
        // What is in the log stays there, so a piece or two may be missing.
        if (refilled + 2 < freed || refilled > freed + 2) printf("of %u pieces %u fit again\n", freed, refilled);
        if (whole(ANOTHER, refilled) != refilled) puts("what was written into freed room is not whole");
        for (unsigned n = 0; n < refilled; n++) unlink(name(ANOTHER + n));
        for (unsigned n = 0; n < made; n += 2) {
            int fd = open(name(n), O_CREAT | O_WRONLY, 0644);
            if (write(fd, content(n), PIECE) != PIECE) say("made anew", -1);
            close(fd);
        }
    }
    printf("whole: %d\n", whole(0, made) == made);
    for (unsigned n = 2; n < made; n++) unlink(name(n));
    say("a name in the freed room", symlink("kept", "link"));
    sync();
    statvfs(".", &again);
    in_memory();
    printf("room again: %d\n", again.f_bavail + 4 * (PIECE / PAGE) >= roomy.f_bavail);
    return 0;
}
