// Copies its input to its output, line by line, until the input ends.
#include <stdio.h>

int main(void) {
    char line[256];
    int n = 0;
    while (fgets(line, sizeof line, stdin)) printf("%d: %s", ++n, line);
    printf("end after %d lines\n", n);
    return 0;
}
