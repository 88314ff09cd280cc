// Files in memory: /tmp can be written whatever the disk is, and /dev has what programs expect.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static void say(const char *what, long result) { printf("%s: %s\n", what, result < 0 ? strerror(errno) : "done"); }

static void devices(void) {
    char buffer[64] = "x";
    int zero = open("/dev/zero", O_RDWR), full = open("/dev/full", O_RDWR), null = open("/dev/null", O_RDWR);
    printf("zero: %zd %d\n", read(zero, buffer, 64), buffer[0]);
    say("full", write(full, buffer, 1));
    printf("null: %zd %zd\n", write(null, buffer, 64), read(null, buffer, 64));
    int random = open("/dev/urandom", O_RDONLY);
    char a[16], b[16];
    printf("random: %zd, ", read(random, a, 16));
    printf("%s\n", read(random, b, 16) == 16 && memcmp(a, b, 16) != 0 ? "changing" : "the same");
    char *memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, zero, 0);
    printf("zero mapped: %d\n", memory[5000]);
}

static void files(const char *folder) {
    char text[64];
    struct stat s;
    say("mkdir", mkdir(folder, 0755));
    say("chdir", chdir(folder));
    int fd = open("one", O_RDWR | O_CREAT | O_EXCL, 0644);
    say("create", fd);
    say("create again", open("one", O_RDWR | O_CREAT | O_EXCL, 0644));
    struct iovec v[2] = {{"hello ", 6}, {"world", 5}};
    printf("writev: %zd\n", writev(fd, v, 2));
    printf("sparse: %zd\n", pwrite(fd, "!", 1, 10000));
    fstat(fd, &s);
    printf("size: %ld\n", (long)s.st_size);
    printf("pread: %zd %.11s\n", pread(fd, text, 11, 0), text);
    say("truncate", ftruncate(fd, 5));
    say("extend", ftruncate(fd, 20));
    printf("after: %zd [%.5s] %d\n", pread(fd, text, 64, 0), text, text[7]);
    say("rename", rename("one", "two"));
    say("link", link("two", "three"));
    stat("three", &s);
    printf("links: %d\n", (int)s.st_nlink);
    say("symlink", symlink("two", "four"));
    say("unlink", unlink("two"));
    say("through a broken link", open("four", O_RDONLY));
    printf("still open: %zd\n", pread(fd, text, 5, 0));
    char *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    memcpy(map, "HELLO", 5);
    printf("shared: %zd %.5s\n", pread(fd, text, 5, 0), text);
    say("rmdir", rmdir(folder));
    say("unlink three", unlink("three"));
    say("unlink four", unlink("four"));
    say("chdir away", chdir("/"));
    say("rmdir empty", rmdir(folder));
}

static void pipes(void) {
    int ends[2];
    char text[16];
    say("pipe", pipe(ends));
    struct pollfd p = {.fd = ends[0], .events = POLLIN};
    printf("poll empty: %d\n", poll(&p, 1, 10));
    printf("write: %zd\n", write(ends[1], "through", 7));
    printf("poll full: %d %d\n", poll(&p, 1, -1), p.revents);
    printf("read: %zd %.7s\n", read(ends[0], text, 16), text);
    int copy = fcntl(ends[1], F_DUPFD, 50);
    printf("dup: %d\n", copy >= 50);
    close(ends[1]);
    close(copy);
    printf("end: %zd\n", read(ends[0], text, 16));
}

int main(int argc, char **argv) {
    devices();
    files(argc > 1 ? argv[1] : "/tmp/trial");
    pipes();
    return 0;
}
