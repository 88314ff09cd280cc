// Uses as many mebibytes of memory as its argument says; without one, more than any machine has.
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { BLOCK = 1 << 20 };

int main(int argc, char **argv) {
    long wanted = argc > 1 ? atol(argv[1]) : LONG_MAX, sum = 0;
    for (long blocks = 0; blocks < wanted; blocks++) {
        char *block = mmap(NULL, BLOCK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (block == MAP_FAILED) {
            printf("refused: %s\n", strerror(errno));
            return 7;
        }
        memset(block, 1, BLOCK);
        sum += block[blocks % BLOCK];
    }
    printf("used %ld MiB\n", sum);
    return 0;
}
