// The kernel heap. Memory is aligned to 16 bytes; a size of 0 gives a pointer that may be freed.
#pragma once

#include <stddef.h>

void *kmalloc(size_t size);
void *kzalloc(size_t size);
/// Keeps the contents; on failure null, and the old block stays.
void *krealloc(void *old, size_t size);
void kfree(void *block);
