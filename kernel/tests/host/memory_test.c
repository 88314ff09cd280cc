// Physical pages and the kernel heap, as they are in the kernel, over memory of the host.

#include "arch/paging.h"
#include "mem/heap.h"
#include "mem/phys.h"
#include "mem/phys_init.h"
#include "random.h"
#include "tap.h"
#include <stdlib.h>
#include <string.h>

enum { RAM = 24 << 20, HOLE = 1 << 20, BLOCKS = 400, ROUNDS = 60000 };

char *physical_memory;

struct block {
    char *bytes;
    size_t size;
    char mark;
};

static struct block blocks[BLOCKS];

static bool is_marked(const struct block *b) {
    for (size_t i = 0; i < b->size; i++) {
        if (b->bytes[i] != b->mark) return false;
    }
    return true;
}

static size_t some_size(void) {
    switch (random_below(8)) {
    case 0: return random_below(100000);
    case 1: return random_below(9000);
    default: return random_below(700);
    }
}

static bool in_memory(const struct block *b) {
    uint64_t pa = virt_to_phys(b->bytes);
    return (uint64_t)b->bytes % 16 == 0 && pa < RAM && pa + b->size <= RAM;
}

static void heap(void) {
    uint64_t before = phys_free_pages();
    bool kept = true, placed = true, zeroed = true;
    for (int round = 0; round < ROUNDS; round++) {
        struct block *b = &blocks[random_below(BLOCKS)];
        kept &= !b->bytes || is_marked(b);
        size_t size = some_size(), old = b->bytes ? b->size : 0;
        switch (random_below(4)) {
        case 0:
            kfree(b->bytes);
            *b = (struct block){0};
            continue;
        case 1:
            kfree(b->bytes);
            b->bytes = kzalloc(size);
            b->size = size;
            b->mark = 0;
            zeroed &= !b->bytes || is_marked(b);
            break;
        default: {
            char *bytes = krealloc(b->bytes, size);
            if (!bytes) continue;
            b->bytes = bytes;
            b->size = old < size ? old : size;
            kept &= is_marked(b);
            b->size = size;
        }
        }
        if (!b->bytes) {
            b->size = 0;
            continue;
        }
        placed &= in_memory(b);
        b->mark = (char)random_number();
        memset(b->bytes, b->mark, b->size);
    }
    ok(kept, "a block keeps its bytes until it is freed, also when it grows");
    ok(placed, "blocks lie in memory, at multiples of 16");
    ok(zeroed, "zeroed blocks are zero");
    for (int i = 0; i < BLOCKS; i++) kfree(blocks[i].bytes);
    // An empty page stays with each of the classes.
    ok(before - phys_free_pages() < 32, "freed memory goes back to the pages");
}

static void large(void) {
    uint64_t before = phys_free_pages();
    void *whole = kmalloc(5 * PAGE_SIZE + 1);
    ok(before - phys_free_pages() == 6, "a large block takes the pages that it needs and no more");
    kfree(whole);
    ok(phys_free_pages() == before, "and gives them back");
    ok(kmalloc((size_t)1 << 50) == NULL && kmalloc(SIZE_MAX) == NULL && kzalloc(SIZE_MAX - 8) == NULL,
       "a block larger than memory is refused");
    void *nothing = kmalloc(0);
    ok(nothing != NULL, "a block of no size can be had");
    kfree(nothing);
    kfree(NULL);
}

static void exhaustion(void) {
    static uint64_t taken[RAM / PAGE_SIZE];
    uint64_t before = phys_free_pages(), n = 0, pa;
    bool distinct = true;
    while ((pa = phys_alloc(0)) != 0) {
        *(uint64_t *)phys_to_virt(pa) = pa;
        taken[n++] = pa;
    }
    ok(n == before && phys_free_pages() == 0, "every free page can be had");
    for (uint64_t i = 0; i < n; i++) distinct &= *(uint64_t *)phys_to_virt(taken[i]) == taken[i];
    ok(distinct, "and each is had once");
    ok(kmalloc(5000) == NULL && phys_alloc(1) == 0 && phys_alloc_zeroed() == 0, "when all is taken there is none");
    for (uint64_t i = n; i-- > 1;) { // in an order of no pattern
        uint64_t k = random_below(i + 1), t = taken[i];
        taken[i] = taken[k];
        taken[k] = t;
    }
    for (uint64_t i = 0; i < n; i++) phys_unref(taken[i]);
    ok(phys_free_pages() == before, "all come back");
    uint64_t block = phys_alloc(10);
    ok(block != 0 && block % (PAGE_SIZE << 10) == 0, "and have joined again to large blocks, at their own alignment");
    if (block != 0) phys_free(block, 10);
}

static void references(void) {
    uint64_t before = phys_free_pages(), pa = phys_alloc_zeroed();
    phys_ref(pa);
    phys_ref(pa);
    phys_unref(pa);
    ok(phys_refs(pa) == 2 && phys_free_pages() == before - 1, "a page lives as long as somebody refers to it");
    phys_unref(pa);
    phys_unref(pa);
    ok(phys_free_pages() == before, "and goes with the last");
    uint64_t block = phys_alloc(2);
    phys_split(block, 2);
    for (uint64_t i = 0; i < 4; i++) phys_unref(block + i * PAGE_SIZE);
    ok(phys_free_pages() == before, "a split block goes page by page");
}

int main(void) {
    physical_memory = aligned_alloc(1 << 22, RAM);
    memset(physical_memory, 0xa5, RAM);
    // Address 0 means "none": the first page is nobody's. A hole of reserved memory lies between the ranges.
    phys_add_range(PAGE_SIZE, HOLE);
    phys_add_range(2 * HOLE, RAM);
    ok(phys_total_pages() == (RAM - HOLE) / PAGE_SIZE - 1, "all memory that was handed over is counted");
    phys_add_range(RAM, RAM); // too small for its own bookkeeping
    heap();
    large();
    references();
    exhaustion();
    free(physical_memory);
    return done();
}
