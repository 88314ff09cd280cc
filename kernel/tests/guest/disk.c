// Changing a file system, in a folder of its own: what every program that keeps data relies on.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/// Flags of renameat2, which musl does not name.
enum { NO_REPLACE = 1, EXCHANGE = 2 };

static char buffer[70000];

static void say(const char *what, long result) {
    if (result < 0) printf("%s: %s\n", what, strerror(errno));
    else printf("%s: %ld\n", what, result);
}

static int make(const char *path, const char *text) {
    int fd = open(path, O_CREAT | O_RDWR | O_TRUNC, 0644);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text)) say(path, -1);
    return fd;
}

static void show(const char *path) {
    int fd = open(path, O_RDONLY);
    ssize_t n = fd < 0 ? -1 : read(fd, buffer, sizeof buffer);
    if (n < 0) printf("%s: %s\n", path, strerror(errno));
    else printf("%s: \"%.*s\"\n", path, (int)n, buffer);
    if (fd >= 0) close(fd);
}

static void append(void) {
    int a = open("log", O_CREAT | O_WRONLY | O_APPEND, 0644), b = open("log", O_WRONLY | O_APPEND);
    write(a, "one ", 4);
    write(b, "two ", 4);
    pwrite(a, "three ", 6, 0);
    write(b, "four", 4);
    say("position after appending", lseek(b, 0, SEEK_CUR));
    close(a);
    close(b);
    show("log");
}

static void lengths(void) {
    struct stat s;
    int fd = make("length", "0123456789");
    say("cut", ftruncate(fd, 4));
    say("grow", ftruncate(fd, 5000));
    say("read behind the cut", pread(fd, buffer, 6, 2));
    printf("bytes %d %d %d %d\n", buffer[0], buffer[1], buffer[2], buffer[5]);
    say("write far behind", pwrite(fd, "end", 3, 5ll << 30));
    fstat(fd, &s);
    printf("size %lld, few blocks: %d\n", (long long)s.st_size, s.st_blocks < 100);
    say("read in the hole", pread(fd, buffer, 10, 1 << 20));
    printf("zeros: %d\n", buffer[0] == 0 && buffer[9] == 0);
    say("read the end", pread(fd, buffer, 10, 5ll << 30));
    say("truncate by path", truncate("length", 3));
    say("a negative length", ftruncate(fd, -1));
    close(fd);
    show("length");
    fd = open("length", O_RDONLY);
    say("cut what is open for reading", ftruncate(fd, 0));
    close(fd);
    fd = make("allocated", "begin");
    say("allocate", posix_fallocate(fd, 0, 100000) == 0);
    fstat(fd, &s);
    printf("size %lld\n", (long long)s.st_size);
    say("allocate behind the end", fallocate(fd, FALLOC_FL_KEEP_SIZE, 100000, 100000));
    fstat(fd, &s);
    printf("size %lld\n", (long long)s.st_size);
    memset(buffer, 'x', 20000);
    say("write into it", pwrite(fd, buffer, 20000, 30000));
    say("make a hole", fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 33000, 10000));
    pread(fd, buffer, 20001, 30000);
    printf("%c %d %d %c %d\n", buffer[2999], buffer[3000], buffer[12999], buffer[13000], buffer[20000]);
    close(fd);
}

static void names(void) {
    struct stat s;
    make("a", "first");
    make("b", "second");
    say("link", link("a", "a2"));
    stat("a2", &s);
    printf("names %d\n", (int)s.st_nlink);
    say("link over a name", link("a", "b"));
    say("rename onto itself", rename("a", "a2"));
    show("a");
    say("rename over a file", rename("a", "b"));
    show("b");
    show("a");
    stat("b", &s);
    printf("names %d\n", (int)s.st_nlink);
    make("c", "third");
    say("exchange", syscall(SYS_renameat2, AT_FDCWD, "b", AT_FDCWD, "c", EXCHANGE));
    show("b");
    show("c");
    say("rename, but not over", syscall(SYS_renameat2, AT_FDCWD, "b", AT_FDCWD, "c", NO_REPLACE));
    say("make a folder", mkdir("folder", 0755));
    say("and another", mkdir("folder/inner", 0755));
    say("a name in it", symlink("../b", "folder/inner/link") == 0 ? 0 : -1);
    show("folder/inner/link");
    say("rename a file over a folder", rename("b", "folder"));
    say("rename a folder over a file", rename("folder", "b"));
    say("rename a folder into itself", rename("folder", "folder/inner/x"));
    say("remove a folder with names", rmdir("folder"));
    say("remove a folder as a file", unlink("folder"));
    say("remove a file as a folder", rmdir("b"));
    say("move the folder", rename("folder/inner", "moved"));
    say("the old place", access("folder/inner", F_OK));
    say("readlink", readlink("moved/link", buffer, sizeof buffer));
    say("empty it", unlink("moved/link"));
    say("remove it", rmdir("moved"));
    say("rename a folder over an empty one", (mkdir("e1", 0755), mkdir("e2", 0755), rename("e1", "e2")));
    say("a name that is there", mkdir("e2", 0755));
    say("a file that is there", open("b", O_CREAT | O_EXCL | O_RDWR, 0644));
    say("a name with a slash behind it", open("new/", O_CREAT | O_RDWR, 0644));
    symlink("folder/../second", "first");
    symlink("aim", "second");
    say("made through a link", close(open("first", O_CREAT | O_RDWR, 0644)));
    say("what it leads to", access("aim", F_OK));
    unlink("aim");
    say("not where the link is in the way", open("first", O_CREAT | O_EXCL | O_RDWR, 0644));
    say("nor must be followed", open("second", O_CREAT | O_NOFOLLOW | O_RDWR, 0644));
    symlink("none/aim", "lost");
    say("nor through a folder that is not there", open("lost", O_CREAT | O_RDWR, 0644));
    symlink("round", "round");
    say("nor round and round", open("round", O_CREAT | O_RDWR, 0644));
}

/// A folder that is removed while it is open takes no new names: who would find them, and who would free them?
static void in_removed_folder(void) {
    struct stat s;
    int held = make("held", "held");
    mkdir("gone", 0755);
    int folder = open("gone", O_RDONLY | O_DIRECTORY);
    say("remove an open folder", rmdir("gone"));
    say("its links", fstat(folder, &s) == 0 ? (long)s.st_nlink : -1);
    for (int round = 0; round < 3; round++) {
        say("a file in it", openat(folder, "x", O_CREAT | O_RDWR, 0644));
        say("a folder in it", mkdirat(folder, "y", 0755));
        say("a link in it", symlinkat("held", folder, "z"));
        say("a second name in it", linkat(AT_FDCWD, "held", folder, "held", 0));
        say("a move into it", renameat(AT_FDCWD, "held", folder, "held"));
    }
    close(folder);
    say("what was not moved", access("held", F_OK));
    say("remove that", unlink("held"));
    close(held);
}

static void unnamed(void) {
    struct stat s;
    int fd = make("open", "still here");
    say("remove an open file", unlink("open"));
    say("it is gone", access("open", F_OK));
    say("read it", pread(fd, buffer, 100, 0));
    say("write it", pwrite(fd, "more", 4, 20000));
    fstat(fd, &s);
    printf("names %d, size %d\n", (int)s.st_nlink, (int)s.st_size);
    int other = make("open", "another");
    say("a new one of that name", pread(other, buffer, 100, 0));
    close(fd);
    close(other);
    show("open");
    fd = open(".", O_TMPFILE | O_RDWR, 0600);
    say("a file without a name", fd < 0 ? -1 : 0);
    say("write it", write(fd, "from nowhere", 12));
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    say("give it a name", linkat(AT_FDCWD, path, AT_FDCWD, "somewhere", AT_SYMLINK_FOLLOW));
    close(fd);
    show("somewhere");
}

static void mapping(void) {
    int fd = make("mapped", "");
    ftruncate(fd, 20000);
    char *map = mmap(NULL, 20000, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    strcpy(map + 4094, "across two pages");
    say("what is mapped is read", pread(fd, buffer, 16, 4094));
    printf("%.16s\n", buffer);
    pwrite(fd, "ACROSS", 6, 4094);
    printf("what is written is mapped: %s\n", map + 4094);
    say("msync", msync(map, 20000, MS_SYNC));
    map[12000] = 'z';
    char *second = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 8192);
    printf("another mapping: %c\n", second[12000 - 8192]);
    char *private = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    private[0] = 'p';
    printf("a private one: %c %d\n", private[0], map[0]);
    munmap(map, 20000);
    munmap(second, 8192);
    say("after munmap", pread(fd, buffer, 1, 12000));
    printf("%c\n", buffer[0]);
    say("msync of nothing", msync((void *)4096, 4096, MS_SYNC));
    close(fd);
}

static void deleting(void) {
    char name[300];
    mkdir("many", 0755);
    for (int i = 0; i < 3000; i++) {
        snprintf(name, sizeof name, "many/%d", i);
        close(open(name, O_CREAT | O_WRONLY, 0644));
    }
    int seen = 0, removed = 0;
    DIR *d = opendir("many");
    for (struct dirent *e; (e = readdir(d));) {
        if (e->d_name[0] == '.') continue;
        seen++;
        snprintf(name, sizeof name, "many/%s", e->d_name);
        removed += unlink(name) == 0;
    }
    closedir(d);
    printf("seen %d, removed %d\n", seen, removed);
    say("the folder is empty", rmdir("many"));
}

static void times(void) {
    struct stat s;
    struct timespec t[2] = {{1000000000, 500000000}, {1234567890, 250000000}};
    int fd = make("times", "x");
    say("set times", futimens(fd, t));
    fstat(fd, &s);
    printf("%lld %ld, %lld %ld\n", (long long)s.st_atim.tv_sec, s.st_atim.tv_nsec, (long long)s.st_mtim.tv_sec,
           s.st_mtim.tv_nsec);
    say("mode", fchmod(fd, 0640));
    fstat(fd, &s);
    printf("%o\n", s.st_mode & 07777);
    close(fd);
}

static void vectors(void) {
    struct iovec parts[3] = {{"one,", 4}, {"two,", 4}, {"three", 5}};
    int fd = make("vectors", "");
    say("writev", writev(fd, parts, 3));
    say("pwritev", pwritev(fd, parts, 1, 4));
    say("copy a range", copy_file_range(fd, &(off_t){0}, fd, &(off_t){20}, 4, 0));
    close(fd);
    fd = open("vectors", O_RDONLY);
    ssize_t n = read(fd, buffer, 100);
    for (ssize_t i = 0; i < n; i++) putchar(buffer[i] ? buffer[i] : '.');
    putchar('\n');
    close(fd);
}

static void syncing(void) {
    int fd = open("synced", O_CREAT | O_WRONLY | O_SYNC, 0644), folder = open(".", O_RDONLY | O_DIRECTORY);
    say("write with O_SYNC", write(fd, "safe", 4));
    say("fsync", fsync(fd));
    say("fdatasync", fdatasync(fd));
    say("fsync of the folder", fsync(folder));
    say("flock", flock(fd, LOCK_EX | LOCK_NB));
    close(fd);
    close(folder);
}

int main(int argc, char **argv) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    const char *folder = argc > 1 ? argv[1] : "/work";
    mkdir(folder, 0755);
    if (chdir(folder) != 0) {
        say(folder, -1);
        return 1;
    }
    append();
    lengths();
    names();
    in_removed_folder();
    unnamed();
    mapping();
    deleting();
    times();
    vectors();
    syncing();
    return 0;
}
