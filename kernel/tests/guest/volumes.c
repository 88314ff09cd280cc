// Volumes beside the root: one that is written to, one that is only read, one that is not there. What it says is compared
// with what it should say (e2e/volumes.spec.ts).
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static void say(const char *what, long result) {
    if (result < 0) printf("%s: %s\n", what, strerror(errno));
    else printf("%s: %ld\n", what, result);
}

static void show(const char *path) {
    char text[256];
    int fd = open(path, O_RDONLY);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text);
    if (n < 0) say(path, -1);
    else printf("%s: %.*s", path, (int)n, text);
    close(fd);
}

int main(void) {
    struct stat root, data;
    struct statvfs space;
    char line[256];
    setvbuf(stdout, NULL, _IOLBF, 0);
    show("/data/greeting");
    int fd = open("/data/made/here", O_CREAT | O_WRONLY, 0644);
    say("a file in a folder that is not there", fd);
    say("a folder", mkdir("/data/made", 0755));
    fd = open("/data/made/here", O_CREAT | O_WRONLY, 0644);
    say("write", write(fd, "by the guest\n", 13));
    say("fsync", fsync(fd));
    close(fd);
    stat("/", &root);
    stat("/data", &data);
    printf("a file system of its own: %d\n", root.st_dev != data.st_dev);
    say("move between them", rename("/data/made/here", "/here"));
    say("a name in both", link("/data/made/here", "/here"));
    say("the root's space is not its space", statvfs("/data", &space) == 0 && space.f_blocks * space.f_bsize < 4 << 20);
    show("/deep/in/read/only");
    say("write what is only read", open("/deep/in/read/only", O_WRONLY));
    say("make what is only read", mkdir("/deep/in/read/folder", 0755));
    say("what is missing is a folder of the root", mkdir("/absent/folder", 0755));
    show("/tmp/of-the-image");
    FILE *mounts = fopen("/proc/mounts", "r");
    while (fgets(line, sizeof line, mounts)) {
        if (strstr(line, " / tfs") || strstr(line, "/data") || strstr(line, "/deep") || strstr(line, "/tmp")) fputs(line, stdout);
    }
    return 0;
}
