// The kernel heap. Memory is aligned to 16 bytes; a size of 0 gives a pointer that may be freed.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void *kmalloc(size_t size);
void *kzalloc(size_t size);
/// Keeps the contents; on failure null, and the old block stays.
void *krealloc(void *old, size_t size);
void kfree(void *block);

/// What the heap holds in blocks of one size class: `size` 0 stands for those of whole pages, which come last.
struct heap_class {
    size_t size;
    uint64_t used; // blocks that are handed out
    uint64_t pages; // that the class has
    unsigned per_page; // blocks that a page has room for
};

/// The n-th class; false behind the last.
bool heap_class_at(unsigned n, struct heap_class *class);
/// Pages that the heap has in all.
uint64_t heap_pages(void);
