// Writes through a null pointer, three calls deep.
#include <stdio.h>

__attribute__((noinline)) static void write_it(volatile int *where) { *where = 42; }
__attribute__((noinline)) static void middle(volatile int *where) {
    write_it(where);
    __asm__ volatile("");
}

int main(void) {
    puts("about to crash");
    fflush(stdout);
    middle(NULL);
    puts("not reached");
    return 0;
}
