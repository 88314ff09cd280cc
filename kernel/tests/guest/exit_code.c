// Exits with the code that its argument says; without one with 3.
#include <stdlib.h>

int main(int argc, char **argv) { return argc > 1 ? atoi(argv[1]) : 3; }
