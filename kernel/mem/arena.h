// Arenas: many small things that live and die together.
#pragma once

#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *blocks;
    char *at, *end;
    size_t next_size;
};

void arena_init(struct arena *a);
/// `size` bytes aligned to 8, not cleared. Null without memory.
void *arena_alloc(struct arena *a, size_t size);
/// Frees everything that came from the arena; it may be used again.
void arena_free(struct arena *a);
