// Copies a file (its argument) or else its input to its output, line by line and numbered, until it ends.
#include <stdio.h>

int main(int argc, char **argv) {
    FILE *from = argc > 1 ? fopen(argv[1], "r") : stdin;
    char line[256];
    int n = 0;
    if (!from) return 1;
    setvbuf(stdout, NULL, _IONBF, 0);
    while (fgets(line, sizeof line, from)) printf("%d: %s", ++n, line);
    printf("end after %d lines\n", n);
    return 0;
}
