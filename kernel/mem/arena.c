// Arenas, made of heap blocks that double in size up to a limit.

#include "mem/arena.h"
#include "mem/heap.h"

enum { FIRST_BLOCK = 4096, LARGEST_BLOCK = 64 * 1024 };

struct arena_block {
    struct arena_block *next;
};

void arena_init(struct arena *a) {
    a->blocks = NULL;
    a->at = a->end = NULL;
    a->next_size = FIRST_BLOCK;
}

static struct arena_block *add_block(struct arena *a, size_t size) {
    struct arena_block *block = kmalloc(size);
    if (block) {
        block->next = a->blocks;
        a->blocks = block;
    }
    return block;
}

void *arena_alloc(struct arena *a, size_t size) {
    if (size > (size_t)1 << 40) return NULL;
    size = (size + 7) & ~(size_t)7;
    if (size <= (size_t)(a->end - a->at)) {
        void *piece = a->at;
        a->at += size;
        return piece;
    }
    const size_t head = sizeof(struct arena_block);
    if (size > a->next_size / 4) {
        struct arena_block *own = add_block(a, head + size);
        return own ? (char *)own + head : NULL;
    }
    struct arena_block *block = add_block(a, a->next_size);
    if (!block) return NULL;
    a->at = (char *)block + head + size;
    a->end = (char *)block + a->next_size;
    if (a->next_size < LARGEST_BLOCK) a->next_size *= 2;
    return (char *)block + head;
}

void arena_free(struct arena *a) {
    while (a->blocks) {
        struct arena_block *next = a->blocks->next;
        kfree(a->blocks);
        a->blocks = next;
    }
    arena_init(a);
}
