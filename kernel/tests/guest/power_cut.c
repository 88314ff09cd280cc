// Steps that each end with an fsync, for the trial that cuts the power: where the disk shows that step N has begun,
// all steps before it were done, and what must be there (e2e/support/power-cut.ts knows the same rules).
//
//     power_cut FOLDER STEPS
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES = 32, SECTOR = 512, LONGEST = 40000 };

static char content[LONGEST];

static void check(const char *what, int step, long result) {
    if (result >= 0) return;
    printf("step %d: %s: %s\n", step, what, strerror(errno));
    exit(1);
}

/// What step `step` writes: every sector of it says so.
static size_t text_of(int step, size_t length) {
    for (size_t at = 0; at < length; at += SECTOR) {
        char line[SECTOR + 32];
        snprintf(line, sizeof line, "STEP=%08d;AT=%08zu;%0*d\n", step, at, SECTOR - 27, step);
        memcpy(content + at, line, length - at < SECTOR ? length - at : SECTOR);
    }
    return length;
}

static size_t length_of(int step) { return 30 + (size_t)step * 7919 % 9000; }

static void write_whole(int fd, int step, size_t n) {
    check("write", step, write(fd, content, n) == (ssize_t)n ? 0 : -1);
}

static int open_file(const char *path, int flags, int step) {
    int fd = open(path, flags, 0644);
    check(path, step, fd);
    return fd;
}

static void sync_folder(const char *path, int step) {
    int fd = open_file(path, O_RDONLY | O_DIRECTORY, step);
    check("fsync of the folder", step, fsync(fd));
    close(fd);
}

static void append(int step) {
    char path[32];
    snprintf(path, sizeof path, "log-%d", step / 6 % 3);
    int fd = open_file(path, O_CREAT | O_WRONLY | O_APPEND, step);
    write_whole(fd, step, text_of(step, length_of(step)));
    check("fsync", step, fsync(fd));
    close(fd);
}

static void replace(int step) {
    int fd = open_file("state.new", O_CREAT | O_WRONLY | O_TRUNC, step);
    write_whole(fd, step, text_of(step, length_of(step)));
    check("fsync", step, fsync(fd));
    close(fd);
    check("rename", step, rename("state.new", "state"));
    sync_folder(".", step);
}

static void create(int step) {
    char path[32];
    snprintf(path, sizeof path, "files/%d", step);
    int fd = open_file(path, O_CREAT | O_EXCL | O_WRONLY, step);
    write_whole(fd, step, text_of(step, length_of(step) * 4));
    check("fsync", step, fsync(fd));
    close(fd);
}

/// Removes every second one of those that create() made, a while ago.
static void drop(int step) {
    char path[32];
    snprintf(path, sizeof path, "files/%d", step - 13);
    if (step >= 13 && step / 6 % 2) check("unlink", step, unlink(path));
    sync_folder("files", step);
}

static void overwrite(int step) {
    int fd = open_file("pages", O_CREAT | O_RDWR, step);
    text_of(step, PAGE);
    check("pwrite", step, pwrite(fd, content, PAGE, (off_t)(step % PAGES) * PAGE) == PAGE ? 0 : -1);
    check("fdatasync", step, fdatasync(fd));
    close(fd);
}

static void map(int step) {
    int fd = open_file("mapped", O_CREAT | O_RDWR, step);
    check("ftruncate", step, ftruncate(fd, (off_t)PAGES * PAGE));
    char *memory = mmap(NULL, (size_t)PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    check("mmap", step, memory == MAP_FAILED ? -1 : 0);
    text_of(step, PAGE);
    memcpy(memory + (size_t)(step % PAGES) * PAGE, content, PAGE);
    check("msync", step, msync(memory, (size_t)PAGES * PAGE, MS_SYNC));
    munmap(memory, (size_t)PAGES * PAGE);
    close(fd);
}

/// Changes that nobody syncs, between the others.
static void make_noise(int step) {
    char path[48];
    snprintf(path, sizeof path, "noise/%d", step % 7);
    int fd = open_file(path, O_CREAT | O_WRONLY | (step % 3 ? 0 : O_TRUNC), step);
    memset(content, 'n', sizeof content);
    check("noise", step, pwrite(fd, content, 100 + (size_t)step * 613 % 30000, step * 1009 % 50000));
    close(fd);
    if (step % 4 == 0) rename(path, "noise/renamed");
    if (step % 5 == 0) truncate("noise/renamed", step * 331 % 20000);
    if (step % 11 == 0) mkdir("noise/folder", 0755);
    if (step % 11 == 5) rmdir("noise/folder");
}

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    static void (*const steps[])(int) = {append, replace, create, drop, overwrite, map};
    mkdir(argv[1], 0755);
    check("the folder", 0, chdir(argv[1]));
    mkdir("files", 0755);
    mkdir("noise", 0755);
    sync_folder(".", 0);
    for (int step = 1; step <= atoi(argv[2]); step++) {
        make_noise(step);
        steps[step % 6](step);
    }
    printf("done\n");
    return 0;
}
