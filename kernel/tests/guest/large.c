// Many and large: ten thousand files in a folder, files beyond 4 GB that are mostly holes, long names and deep paths.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utime.h>

enum { MANY = 10000 };

static void say(const char *what, long result) {
    if (result < 0) printf("%s: %s\n", what, strerror(errno));
    else printf("%s: %ld\n", what, result);
}

static void many(void) {
    char name[64], text[16];
    int made = 0, listed = 0, right = 0, removed = 0;
    long sum = 0;
    mkdir("many", 0755);
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "many/file-%d", i);
        int fd = open(name, O_CREAT | O_EXCL | O_WRONLY, 0644);
        if (fd < 0) break;
        if (i % 100 == 0) write(fd, name, strlen(name));
        close(fd);
        made++;
    }
    DIR *d = opendir("many");
    for (struct dirent *e; (e = readdir(d));) {
        if (e->d_name[0] == '.') continue;
        listed++;
        sum += atoi(e->d_name + 5);
    }
    closedir(d);
    for (int i = 0; i < MANY; i += 100) {
        snprintf(name, sizeof name, "many/file-%d", i);
        int fd = open(name, O_RDONLY);
        ssize_t n = read(fd, text, sizeof text);
        right += n == (ssize_t)(strlen(name) < sizeof text ? strlen(name) : sizeof text) &&
                 memcmp(text, name, (size_t)n) == 0;
        close(fd);
    }
    printf("made %d, listed %d, sum %ld, right %d\n", made, listed, sum, right);
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "many/file-%d", i * 7919 % MANY);
        removed += unlink(name) == 0;
    }
    printf("removed %d\n", removed);
    say("the folder", rmdir("many"));
}

static void sparse(void) {
    struct stat s;
    char text[32] = "";
    const off_t far = 5000000000, further = (off_t)1 << 40;
    int fd = open("sparse", O_CREAT | O_RDWR | O_TRUNC, 0644);
    say("write at 5 GB", pwrite(fd, "beyond", 6, far));
    say("write at 1 TB", pwrite(fd, "far out", 7, further));
    say("write at the start", pwrite(fd, "start", 5, 0));
    fsync(fd);
    fstat(fd, &s);
    printf("size %lld, small on the disk %d\n", (long long)s.st_size, s.st_blocks < 2000);
    say("read", pread(fd, text, 6, far));
    printf("%s\n", text);
    say("read a hole", pread(fd, text, 6, 3000000000));
    printf("%d %d\n", text[0], text[5]);
    say("seek", lseek(fd, -7, SEEK_END) == further ? 0 : -1);
    say("read", read(fd, text, 7));
    printf("%s\n", text);
    char *map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, far / 4096 * 4096);
    printf("mapped %.6s\n", map + far % 4096);
    memcpy(map + far % 4096, "BEYOND", 6);
    msync(map, 8192, MS_SYNC);
    munmap(map, 8192);
    pread(fd, text, 6, far);
    printf("%.6s\n", text);
    say("shorten", ftruncate(fd, 4300000000));
    say("read beyond", pread(fd, text, 6, far));
    say("lengthen", ftruncate(fd, 6000000000));
    say("read what was cut off", pread(fd, text, 6, far));
    printf("%d\n", text[0]);
    say("data", lseek(fd, 0, SEEK_DATA));
    say("a hole before the end", lseek(fd, 0, SEEK_HOLE) <= 6000000000 ? 0 : -1);
    say("data beyond the end", lseek(fd, 7000000000, SEEK_DATA));
    close(fd);
    unlink("sparse");
}

static void paths(void) {
    char name[300], path[5000] = "";
    int depth = 0;
    memset(name, 'n', 255);
    name[255] = '\0';
    int fd = open(name, O_CREAT | O_WRONLY, 0644);
    say("a name of 255", fd < 0 ? -1 : 0);
    close(fd);
    say("remove it", unlink(name));
    memset(name, 'n', 256);
    name[256] = '\0';
    say("one of 256", open(name, O_CREAT | O_WRONLY, 0644));
    while (depth < 60 && mkdir("a folder in a folder", 0755) == 0 && chdir("a folder in a folder") == 0) depth++;
    printf("depth %d, path %d\n", depth, getcwd(path, sizeof path) && strlen(path) > 1200);
    for (; depth > 0; depth--) {
        chdir("..");
        rmdir("a folder in a folder");
    }
    memset(path, 'p', 4096);
    path[4096] = '\0';
    say("a path of 4096", access(path, F_OK));
}

static void times(void) {
    struct stat s;
    struct utimbuf seconds = {100, 200};
    struct timeval micro[2] = {{300, 400000}, {500, 600000}};
    close(open("times", O_CREAT | O_WRONLY, 0644));
    say("utime", utime("times", &seconds));
    stat("times", &s);
    printf("%ld %ld\n", (long)s.st_atime, (long)s.st_mtime);
    say("utimes", utimes("times", micro));
    stat("times", &s);
    printf("%ld %ld\n", (long)s.st_mtim.tv_sec, s.st_mtim.tv_nsec);
    say("of nothing", getxattr("missing", "user.x", NULL, 0));
    say("attributes of nothing", listxattr("missing", NULL, 0));
    unlink("times");
}

int main(int argc, char **argv) {
    const char *folder = argc > 1 ? argv[1] : "/work";
    mkdir(folder, 0755);
    if (chdir(folder) != 0) {
        say(folder, -1);
        return 1;
    }
    many();
    sparse();
    paths();
    times();
    return 0;
}
