// Files of the image: reading, seeking, mapping, directories, links, and what can't be.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void say(const char *what, long result) { printf("%s: %s\n", what, result < 0 ? strerror(errno) : "done"); }

static void read_big(const char *path) {
    unsigned char buffer[10000];
    unsigned long sum = 0, all = 0;
    int fd = open(path, O_RDONLY);
    for (ssize_t n; (n = read(fd, buffer, sizeof buffer)) > 0; all += (unsigned long)n) {
        for (ssize_t i = 0; i < n; i++) sum = sum * 31 + buffer[i];
    }
    printf("big: %lu bytes, sum %lx\n", all, sum);
    printf("at 70000: %zd %d\n", pread(fd, buffer, 1, 70000), buffer[0]);
    printf("seek to the end: %ld\n", (long)lseek(fd, -10, SEEK_END));
    printf("read there: %zd, then %zd\n", read(fd, buffer, 100), read(fd, buffer, 100));
    unsigned char *map = mmap(NULL, all, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    unsigned long mapped = 0;
    for (unsigned long i = 0; i < all; i++) mapped = mapped * 31 + map[i];
    map[70000]++;
    pread(fd, buffer, 1, 70000);
    printf("mapped: %s, private: %s\n", mapped == sum ? "the same" : "another", buffer[0] != map[70000] ? "yes" : "no");
    munmap(map, all);
    close(fd);
}

static int by_name(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

static void list(const char *path) {
    struct dirent **names;
    int n = scandir(path, &names, NULL, by_name);
    for (int i = 0; i < n; i++) printf("%s%s", i ? " " : "", names[i]->d_name);
    printf(" (%d)\n", n);
}

int main(int argc, char **argv) {
    struct stat s;
    char text[256];
    const char *folder = argc > 1 ? argv[1] : "/data";
    say("into the folder", chdir(folder));
    printf("now in: %s\n", strcmp(getcwd(text, sizeof text), folder) == 0 ? "the folder" : text);
    read_big("big");
    list(".");
    say("stat small", stat("small", &s));
    printf("size %ld, file %d\n", (long)s.st_size, S_ISREG(s.st_mode));
    ssize_t n = readlink("link", text, sizeof text);
    printf("link: %.*s\n", (int)n, text);
    say("through the link", open("link", O_RDONLY));
    say("not through the link", open("link", O_RDONLY | O_NOFOLLOW));
    say("a loop", open("loop", O_RDONLY));
    say("nothing", open("nothing", O_RDONLY));
    say("a file as a folder", open("small/x", O_RDONLY));
    say("a folder to write", open("deep", O_WRONLY));
    say("up and down", open("deep/../deep/./er/../er/leaf", O_RDONLY));
    say("an empty path", open("", O_RDONLY));
    memset(text, 'a', sizeof text);
    text[255] = '\0';
    char longer[400];
    snprintf(longer, sizeof longer, "%sa", text);
    say("a name of 255 bytes", open(text, O_RDONLY));
    say("a name of 256 bytes", open(longer, O_RDONLY));
    say("a closed descriptor", read(99, text, 1));
    say("a bad address", read(open("small", O_RDONLY), (void *)8, 1));
    return 0;
}
