// Physical memory on the host: a piece of the test's own memory, at an address of its own.
#pragma once

#include <stdint.h>

enum { PAGE_SIZE = 4096, PAGE_SHIFT = 12 };

/// Where physical address 0 would be.
extern char *physical_memory;

static inline void *phys_to_virt(uint64_t pa) { return physical_memory + pa; }
static inline uint64_t virt_to_phys(const void *va) { return (uint64_t)((const char *)va - physical_memory); }

/// In a test of Xen's drivers: what it shares.
void *paging_map_shared(uint64_t pa, uint64_t length);
/// A device's registers: of the test that has a device with some.
void *paging_map_device(uint64_t pa, uint64_t length);
