// Says where a sparse file has data and holes, and what is at its beginning, middle and end.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv) {
    int fd = argc > 1 ? open(argv[1], O_RDONLY) : -1;
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        perror("open");
        return 1;
    }
    char first[5] = {0}, middle[5] = {0}, last[5] = {0};
    pread(fd, first, 4, 0);
    pread(fd, middle, 4, st.st_size / 2);
    pread(fd, last, 4, st.st_size - 4);
    printf("size %lld, first \"%s\", middle \"%s\", last \"%s\"\n", (long long)st.st_size, first, middle, last);
    printf("takes %s\n", st.st_blocks * 512 < 1 << 20 ? "little" : "much");
    printf("data from %lld\n", (long long)lseek(fd, 4096, SEEK_DATA) / 4096 * 4096);
    return 0;
}
