// Dies in the way that its argument names.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static volatile int zero;

__attribute__((noinline)) static int deep(int n) {
    volatile char room[4096];
    room[0] = (char)n;
    return n == 0 ? room[0] : deep(n + 1) + room[0];
}

int main(int argc, char **argv) {
    const char *how = argc > 1 ? argv[1] : "abort";
    if (strcmp(how, "abort") == 0) abort();
    if (strcmp(how, "divide") == 0) return 100 / zero;
    if (strcmp(how, "illegal") == 0) __asm__ volatile("ud2");
    if (strcmp(how, "trap") == 0) __asm__ volatile("int3");
    if (strcmp(how, "privileged") == 0) __asm__ volatile("hlt");
    if (strcmp(how, "stack") == 0) return deep(1);
    if (strcmp(how, "execute") == 0) {
        void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        memset(page, 0xc3, 16);
        ((void (*)(void))page)();
    }
    if (strcmp(how, "readonly") == 0) *(volatile char *)"text" = 'T';
    return 0;
}
