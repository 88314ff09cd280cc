// Reads standard input to its end: how much there was, its hash (FNV-1a), and what the standard streams are.
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *kind(int fd) {
    struct stat s;
    if (fstat(fd, &s) != 0) return "closed";
    return S_ISCHR(s.st_mode) ? "characters" : S_ISFIFO(s.st_mode) || S_ISREG(s.st_mode) ? "bytes" : "else";
}

int main(int count, char **arguments) {
    static unsigned char bytes[65536];
    uint64_t hash = 0xcbf29ce484222325, total = 0;
    size_t most = count > 1 ? (size_t)atoi(arguments[1]) : sizeof bytes;
    ssize_t n = -1;
    if (count > 2) {
        puts(arguments[2]);
        fflush(stdout);
    }
    struct pollfd wait = {.fd = 0, .events = POLLIN};
    while (poll(&wait, 1, -1) == 1 && (n = read(0, bytes, most)) > 0) {
        total += (uint64_t)n;
        for (ssize_t i = 0; i < n; i++) hash = (hash ^ bytes[i]) * 0x100000001b3;
    }
    printf("terminals %d%d%d, %s %s, %llu bytes, hash %016llx, end: %s\n", isatty(0), isatty(1), isatty(2), kind(0),
           kind(1), (unsigned long long)total, (unsigned long long)hash, n == 0 ? "yes" : strerror(errno));
    return n == 0 ? 0 : 1;
}
