// Space that is free again is given back to the disk below: FITRIM of a folder.
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/// As linux/fs.h has them, which not every C library comes with.
#define FITRIM 0xc0185879ul
struct trim_range {
    uint64_t start, length, least;
};

enum { SIZE = 16 << 20, PIECE = 1 << 16 };

static void say(const char *what, int result) { printf("%s: %s\n", what, result < 0 ? strerror(errno) : "0"); }

int main(void) {
    char *bytes = malloc(PIECE);
    struct trim_range range = {.length = 1};
    int folder = open("/", O_RDONLY), fd = open("/large", O_CREAT | O_RDWR, 0644), memory = open("/dev/shm", O_RDONLY);
    memset(bytes, 'x', PIECE);
    for (int i = 0; i < SIZE / PIECE; i++) {
        if (write(fd, bytes, PIECE) != PIECE) say("write", -1);
    }
    say("sync", fsync(fd));
    say("too little", ioctl(folder, FITRIM, &range));
    say("from nowhere", ioctl(folder, FITRIM, NULL));
    range = (struct trim_range){.start = UINT64_MAX, .length = UINT64_MAX};
    say("behind the end", ioctl(folder, FITRIM, &range));
    range = (struct trim_range){.length = UINT64_MAX};
    say("where files are in memory", ioctl(memory, FITRIM, &range));
    close(fd);
    unlink("/large");
    int result = ioctl(folder, FITRIM, &range);
    say("all", result);
    if (result == 0) printf("given back: %s\n", range.length >= SIZE ? "all" : "too little");
    // What is there still is.
    char again[4] = "";
    fd = open("/note", O_CREAT | O_RDWR | O_TRUNC, 0644);
    write(fd, "yes", 3);
    fsync(fd);
    range = (struct trim_range){.length = UINT64_MAX, .least = 4096};
    say("again", ioctl(fd, FITRIM, &range));
    pread(fd, again, 3, 0);
    printf("%s\n", again);
    return 0;
}
