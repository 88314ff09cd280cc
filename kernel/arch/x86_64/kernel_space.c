// The kernel's dynamic addresses. Stacks live in slots of equal size that are used again; everything else is given out
// once and stays.
#include "arch/kernel_space.h"

#include "arch/layout.h"
#include "arch/paging.h"
#include "mem/phys.h"
#include <stddef.h>

/// The guard page and the stack; the guard is the slot's first page.
#define SLOT_SIZE (PAGE_SIZE + KERNEL_STACK_SIZE)
#define STACKS_START DYNAMIC_BASE
#define DEVICES_START (DYNAMIC_BASE + (1ull << 39))
/// More than any device or table that Pith knows needs; keeps a wrong length from eating the memory for page tables.
#define MAPPING_MAX (64ull << 20)

/// Most threads at once; what bounds them in practice is memory.
enum { SLOTS = 16384, CACHED_STACKS = 4 };

static uint64_t next_device = DEVICES_START;

/// Which slots are in use; no slot below `first_free` is free.
static uint64_t used_slots[SLOTS / 64];
static unsigned first_free;

/// A few free stacks that keep their memory.
static void *cached[CACHED_STACKS];
static unsigned cached_count;
static uint64_t stack_count;

uint64_t kernel_stacks(void) { return stack_count; }

static uint64_t take_slot(void) {
    for (unsigned i = first_free / 64; i < SLOTS / 64; i++) {
        if (used_slots[i] != UINT64_MAX) {
            unsigned slot = i * 64 + (unsigned)__builtin_ctzll(~used_slots[i]);
            used_slots[i] |= 1ull << (slot % 64);
            first_free = slot + 1;
            return STACKS_START + slot * SLOT_SIZE;
        }
    }
    first_free = SLOTS;
    return 0;
}

static void give_back_slot(uint64_t address) {
    unsigned slot = (unsigned)((address - STACKS_START) / SLOT_SIZE);
    used_slots[slot / 64] &= ~(1ull << (slot % 64));
    first_free = slot < first_free ? slot : first_free;
}

static void unmap_stack(uint64_t stack) {
    for (uint64_t va = stack; va < stack + KERNEL_STACK_SIZE; va += PAGE_SIZE) {
        uint64_t pa;
        if (paging_unmap(va, &pa)) {
            phys_unref(pa);
        }
    }
    give_back_slot(stack - PAGE_SIZE);
    stack_count--;
}

void *kernel_stack_alloc(void) {
    if (cached_count > 0) {
        return cached[--cached_count];
    }
    uint64_t slot = take_slot();
    if (slot == 0) {
        return NULL;
    }
    uint64_t stack = slot + PAGE_SIZE;
    stack_count++;
    for (uint64_t va = stack; va < stack + KERNEL_STACK_SIZE; va += PAGE_SIZE) {
        uint64_t pa = phys_alloc(0);
        if (pa != 0 && paging_map(va, pa, PAGE_READ | PAGE_WRITE) == 0) {
            continue;
        }
        if (pa != 0) {
            phys_unref(pa);
        }
        unmap_stack(stack);
        return NULL;
    }
    return (void *)stack;
}

void kernel_stack_free(void *stack) {
    if (cached_count < CACHED_STACKS) {
        cached[cached_count++] = stack;
    } else {
        unmap_stack((uint64_t)stack);
    }
}

bool kernel_stack_is_guard(uint64_t address) {
    return address >= STACKS_START && address < STACKS_START + SLOTS * SLOT_SIZE &&
           (address - STACKS_START) % SLOT_SIZE < PAGE_SIZE;
}

static void *map_range(uint64_t pa, uint64_t length, unsigned prot) {
    uint64_t first = pa & ~(uint64_t)(PAGE_SIZE - 1);
    uint64_t within = pa - first;
    if (length == 0 || length > MAPPING_MAX) {
        return NULL;
    }
    uint64_t size = (within + length + PAGE_SIZE - 1) & ~(uint64_t)(PAGE_SIZE - 1);
    uint64_t va = next_device;
    for (uint64_t at = 0; at < size; at += PAGE_SIZE) {
        if (paging_map(va + at, first + at, prot) != 0) {
            return NULL;
        }
    }
    next_device += size + PAGE_SIZE;
    return (void *)(va + within);
}

void *paging_map_device(uint64_t pa, uint64_t length) {
    return map_range(pa, length, PAGE_READ | PAGE_WRITE | PAGE_UNCACHED);
}

const void *paging_map_firmware(uint64_t pa, uint64_t length) { return map_range(pa, length, PAGE_READ); }

void *paging_map_shared(uint64_t pa, uint64_t length) { return map_range(pa, length, PAGE_READ | PAGE_WRITE); }

void *paging_map_code(uint64_t pa, uint64_t length) { return map_range(pa, length, PAGE_READ | PAGE_EXEC); }
