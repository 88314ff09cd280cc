// Volumes beside the root: one that is written to, one that is only read, one that is not there. What it says is
// compared with what it should say (e2e/volumes.spec.ts).
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
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

/// Attributes of a file: on a disk and in memory they do the same.
static void attributes(const char *path) {
    char value[64] = "", names[64] = "";
    static char large[70000];
    int fd = open(path, O_CREAT | O_RDWR, 0644);
    say("none yet", listxattr(path, names, sizeof names));
    say("set one", setxattr(path, "user.color", "red", 3, 0));
    say("set another", fsetxattr(fd, "security.empty", "", 0, XATTR_CREATE));
    say("set what is there", setxattr(path, "user.color", "blue", 4, XATTR_CREATE));
    say("replace what is not there", setxattr(path, "user.shape", "round", 5, XATTR_REPLACE));
    say("replace it", setxattr(path, "user.color", "green", 5, XATTR_REPLACE));
    say("its length", getxattr(path, "user.color", NULL, 0));
    say("too little room", fgetxattr(fd, "user.color", value, 4));
    say("get it", lgetxattr(path, "user.color", value, sizeof value));
    printf("%s\n", value);
    say("get the empty one", getxattr(path, "security.empty", value, sizeof value));
    say("names", flistxattr(fd, names, sizeof names));
    printf("%s %s\n", names, names + strlen(names) + 1);
    say("names without room", llistxattr(path, names, 5));
    say("without a namespace", setxattr(path, "color", "red", 3, 0));
    say("an access list", setxattr(path, "system.posix_acl_access", "x", 1, 0));
    say("without a name", setxattr(path, "user.", "x", 1, 0));
    say("too large", setxattr(path, "user.large", large, sizeof large, 0));
    say("remove the empty one", removexattr(path, "security.empty"));
    say("remove it again", fremovexattr(fd, "security.empty"));
    symlink(path, "/dev/shm/link");
    say("through a link", getxattr("/dev/shm/link", "user.color", value, sizeof value));
    unlink("/dev/shm/link");
    say("of the folder", setxattr("/dev/shm", "user.color", "red", 3, 0));
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
    attributes("/data/made/here");
    attributes("/dev/shm/file");
    stat("/", &root);
    stat("/data", &data);
    printf("a file system of its own: %d\n", root.st_dev != data.st_dev);
    say("move between them", rename("/data/made/here", "/here"));
    say("a name in both", link("/data/made/here", "/here"));
    say("the root's space is not its space", statvfs("/data", &space) == 0 && space.f_blocks * space.f_bsize < 4 << 20);
    show("/deep/in/read/only");
    say("write what is only read", open("/deep/in/read/only", O_WRONLY));
    say("name what is only read", setxattr("/deep/in/read/only", "user.x", "x", 1, 0));
    say("make what is only read", mkdir("/deep/in/read/folder", 0755));
    say("what is missing is a folder of the root", mkdir("/absent/folder", 0755));
    show("/tmp/of-the-image");
    FILE *mounts = fopen("/proc/mounts", "r");
    while (fgets(line, sizeof line, mounts)) {
        if (strstr(line, " / tfs") || strstr(line, "/data") || strstr(line, "/deep") || strstr(line, "/tmp"))
            fputs(line, stdout);
    }
    return 0;
}
