// mem/heap.h by the host's malloc, so that the sanitizers see every block.

#include "heap_on_host.h"
#include "mem/heap.h"
#include <stdlib.h>

long heap_fails_after = -1;
long heap_blocks;

static int fails(void) {
    if (heap_fails_after < 0) return 0;
    if (heap_fails_after == 0) return 1;
    heap_fails_after--;
    return 0;
}

void *kmalloc(size_t size) {
    void *block = fails() ? NULL : malloc(size ? size : 1);
    if (block) heap_blocks++;
    return block;
}

void *kzalloc(size_t size) {
    void *block = fails() ? NULL : calloc(1, size ? size : 1);
    if (block) heap_blocks++;
    return block;
}

void *krealloc(void *old, size_t size) {
    if (fails()) return NULL;
    void *block = realloc(old, size ? size : 1);
    if (block && !old) heap_blocks++;
    return block;
}

void kfree(void *block) {
    if (block) heap_blocks--;
    free(block);
}
