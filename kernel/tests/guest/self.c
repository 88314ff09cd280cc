// What a program reads about itself.
#define _GNU_SOURCE
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

int main(int argc, char **argv) {
    char path[PATH_MAX], line[512];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    path[n > 0 ? n : 0] = '\0';
    const char *name = strrchr(path, '/');
    printf("executable: %s\n", name ? name + 1 : "none");
    FILE *maps = fopen("/proc/self/maps", "r");
    int stack = 0, text = 0;
    while (maps && fgets(line, sizeof line, maps)) {
        stack |= strstr(line, "[stack]") != NULL;
        text |= strstr(line, "r-xp") != NULL && strstr(line, path) != NULL;
    }
    printf("stack: %d, text: %d\n", stack, text);
    FILE *meminfo = fopen("/proc/meminfo", "r");
    printf("meminfo: %d\n", meminfo && fgets(line, sizeof line, meminfo) && strncmp(line, "MemTotal:", 9) == 0);
    struct rlimit limit;
    getrlimit(RLIMIT_STACK, &limit);
    printf("stack limit: %lu\n", (unsigned long)limit.rlim_cur);
    printf("real path: %s\n", realpath("/proc/../dev/./null", path));
    printf("pid: %d, page size: %ld, processors: %d\n", getpid() > 0, sysconf(_SC_PAGESIZE),
           sysconf(_SC_NPROCESSORS_ONLN) > 0);
    return argc > 0 && argv[0] ? 0 : 1;
}
