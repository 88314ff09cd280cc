// Much output: every line is numbered, so that a lost or doubled byte shows. Its argument is the number of lines.
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    int lines = argc > 1 ? atoi(argv[1]) : 1000;
    for (int i = 0; i < lines; i++) printf("line %07d: the quick brown fox jumps over the lazy dog\n", i);
    return 0;
}
