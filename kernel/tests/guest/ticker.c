// Counts on the console, a line each: `ticker COUNT MICROSECONDS`; exits with 7. A reader sees what is missing.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
    int count = argc > 1 ? atoi(argv[1]) : 10;
    useconds_t pause = argc > 2 ? (useconds_t)atoi(argv[2]) : 1000;
    for (int i = 1; i <= count; i++) {
        printf("tick %d\n", i);
        fflush(stdout);
        usleep(pause);
    }
    return 7;
}
