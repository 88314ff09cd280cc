// The one page table: 4 KiB mappings, for the program and for the kernel's own dynamic areas.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { PAGE_SIZE = 4096, PAGE_SHIFT = 12, PAGING_TABLE_SPAN = 512 * PAGE_SIZE };

enum page_prot { PAGE_READ = 1, PAGE_WRITE = 2, PAGE_EXEC = 4, PAGE_USER = 8, PAGE_UNCACHED = 16 };

/// Maps one page, replacing what was there. -ENOMEM when no page-table page can be had.
int paging_map(uint64_t va, uint64_t pa, unsigned prot);
/// Removes a mapping; false if there was none. `pa` (may be null) gets the physical address it had.
bool paging_unmap(uint64_t va, uint64_t *pa);
/// Changes the protection of a mapped page; false if it is not mapped.
bool paging_protect(uint64_t va, unsigned prot);
/// What is mapped at `va`; false for nothing. `pa`, `prot` and `dirty` may be null.
bool paging_lookup(uint64_t va, uint64_t *pa, unsigned *prot, bool *dirty);
/// The first mapped user page at or after `va` and before `end`; `end` if there is none. Skips absent tables quickly.
uint64_t paging_next_mapped(uint64_t va, uint64_t end);
/// Gives back page-table pages that have become empty and serve addresses from `start` up to `end`, all of them the
/// program's. Worth calling where a whole page-table page (PAGING_TABLE_SPAN) serves nothing any more.
void paging_trim(uint64_t start, uint64_t end);
/// How many page-table pages serve the program.
uint64_t paging_user_tables(void);

/// The kernel's view of physical memory.
static inline void *phys_to_virt(uint64_t pa) { return (void *)(0xffff800000000000ull + pa); }
static inline uint64_t virt_to_phys(const void *va) { return (uint64_t)va - 0xffff800000000000ull; }

/// Maps `length` bytes of memory at `pa` that is not RAM to the kernel (firmware tables), read-only and cached; kept
/// for the kernel's life. Null without memory.
const void *paging_map_firmware(uint64_t pa, uint64_t length);
/// Device registers at `pa`, uncached; kept for the kernel's life. Null without memory.
void *paging_map_device(uint64_t pa, uint64_t length);
/// Memory at `pa` that somebody else uses too and no map calls RAM (a hypervisor's), cached; kept for the kernel's
/// life. Null without memory.
void *paging_map_shared(uint64_t pa, uint64_t length);
/// Code at `pa`, which nobody writes to through this mapping; kept for the kernel's life. Null without memory.
void *paging_map_code(uint64_t pa, uint64_t length);
/// The physical address behind a kernel virtual address of any kind (direct map, image, stack).
uint64_t kernel_virt_to_phys(const void *va);
