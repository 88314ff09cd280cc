// The least there is: a line, and an exit code.
#include <stdio.h>

int main(void) {
    puts("hello, world");
    return 0;
}
