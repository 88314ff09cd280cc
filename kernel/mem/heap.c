// The kernel heap: size classes cut from single pages, and whole pages for what is larger.
//
// A page of a class starts with a header; the sizes divide what is left of it. Pages with something free hang in their
// class's list; an entirely free page goes back to phys.c, unless it is the last one of its list. Larger blocks are a
// power of two of pages, of which those not needed are given back at once. Masking interrupts is the lock.
#include "mem/heap.h"

#include "arch/cpu.h"
#include "arch/paging.h"
#include "lib/list.h"
#include "lib/string.h"
#include "mem/page.h"
#include "mem/phys.h"
#include "mem/phys_init.h"
#include "lib/panic.h"
#include <stdint.h>

enum { HEADER = 32, SPACE = PAGE_SIZE - HEADER, LARGEST_ORDER = 14 };

/// Multiples of 16, each the largest that fits SPACE as often as it does.
static const uint16_t class_sizes[] = {16,  32,  48,  64,  80,  96,  112, 128,  160,  192, 224,
                                       256, 320, 400, 496, 576, 672, 800, 1008, 1344, 2032};
enum { CLASSES = sizeof(class_sizes) / sizeof(class_sizes[0]), WHOLE_PAGES = CLASSES };

struct free_object {
    struct free_object *next;
};

/// At the start of each page of a class. Its struct page is PAGE_HEAP with the class as tag.
struct slab {
    struct list node; // in partial[class]; unlinked when full
    struct free_object *free;
    uint16_t used; // objects handed out
    uint16_t unopened; // objects at the page's end that were never handed out
};
_Static_assert(sizeof(struct slab) <= HEADER, "the header's place");

static struct list partial[CLASSES];
static uint64_t used_blocks[CLASSES + 1], used_pages[CLASSES + 1];
/// Class of a size, by sixteenths rounded up; filled at the first allocation.
static uint8_t class_of[2032 / 16 + 1];
static bool ready;

static void prepare(void) {
    unsigned class = 0;
    for (unsigned i = 0; i < sizeof(class_of); i++) {
        while (class_sizes[class] < i * 16) {
            class++;
        }
        class_of[i] = (uint8_t)class;
    }
    for (unsigned i = 0; i < CLASSES; i++) {
        list_init(&partial[i]);
    }
    ready = true;
}

static struct slab *slab_of(void *block) { return (struct slab *)((uintptr_t)block & ~(uintptr_t)(PAGE_SIZE - 1)); }

static struct slab *new_slab(unsigned class) {
    uint64_t pa = phys_alloc(0);
    if (pa == 0) {
        return NULL;
    }
    struct page *page = phys_page(pa);
    page->state = PAGE_HEAP;
    page->tag = (uint16_t)class;
    struct slab *slab = phys_to_virt(pa);
    *slab = (struct slab){.unopened = (uint16_t)(SPACE / class_sizes[class])};
    list_push_front(&partial[class], &slab->node);
    used_pages[class]++;
    return slab;
}

static void *take(unsigned class) {
    struct slab *slab =
        list_is_empty(&partial[class]) ? new_slab(class) : container_of(partial[class].next, struct slab, node);
    if (slab == NULL) {
        return NULL;
    }
    void *object = slab->free;
    if (object != NULL) {
        slab->free = slab->free->next;
    } else {
        unsigned index = SPACE / class_sizes[class] - slab->unopened--;
        object = (char *)slab + HEADER + index * class_sizes[class];
    }
    slab->used++;
    used_blocks[class]++;
    if (slab->free == NULL && slab->unopened == 0) {
        list_remove(&slab->node);
    }
    return object;
}

static void give_back(struct slab *slab, unsigned class, void *object) {
    if (slab->used == 0 || ((uintptr_t)object - (uintptr_t)slab - HEADER) % class_sizes[class] != 0) {
        panic("heap: %p is not an allocated block", object);
    }
    if (slab->free == NULL && slab->unopened == 0) {
        list_push_front(&partial[class], &slab->node);
    }
    struct free_object *freed = object;
    freed->next = slab->free;
    slab->free = freed;
    slab->used--;
    used_blocks[class]--;
    bool alone = slab->node.next == slab->node.prev; // the list's head on both sides
    if (slab->used == 0 && !alone) {
        list_remove(&slab->node);
        uint64_t pa = virt_to_phys(slab);
        phys_page(pa)->state = PAGE_USED;
        used_pages[class]--;
        phys_free(pa, 0);
    }
}

static void *take_pages(size_t size) {
    if (size > (size_t)PAGE_SIZE << LARGEST_ORDER) {
        return NULL;
    }
    size_t pages = (size + PAGE_SIZE - 1) / PAGE_SIZE;
    unsigned order = 0;
    while ((1ull << order) < pages) {
        order++;
    }
    uint64_t pa = phys_alloc(order);
    if (pa == 0) {
        return NULL;
    }
    if (order > 0) {
        phys_split(pa, order);
    }
    for (size_t i = pages; i < 1ull << order; i++) {
        phys_free(pa + i * PAGE_SIZE, 0);
    }
    struct page *page = phys_page(pa);
    page->state = PAGE_HEAP;
    page->tag = WHOLE_PAGES;
    page[0].refs = (uint32_t)pages;
    used_blocks[WHOLE_PAGES]++;
    used_pages[WHOLE_PAGES] += pages;
    return phys_to_virt(pa);
}

static void give_back_pages(struct page *page, uint64_t pa) {
    uint32_t pages = page->refs;
    page->refs = 1;
    page->state = PAGE_USED;
    used_blocks[WHOLE_PAGES]--;
    used_pages[WHOLE_PAGES] -= pages;
    for (uint32_t i = 0; i < pages; i++) {
        phys_free(pa + (uint64_t)i * PAGE_SIZE, 0);
    }
}

static struct page *heap_page(const void *block) {
    struct page *page = phys_page(virt_to_phys(block));
    if (page == NULL || page->state != PAGE_HEAP) {
        panic("heap: %p is not an allocated block", block);
    }
    return page;
}

/// How much a block can hold.
static size_t capacity(const void *block) {
    const struct page *page = heap_page(block);
    return page->tag == WHOLE_PAGES ? (size_t)page->refs * PAGE_SIZE : class_sizes[page->tag];
}

void *kmalloc(size_t size) {
    bool on = interrupts_disable();
    if (!ready) {
        prepare();
    }
    void *block = size <= class_sizes[CLASSES - 1] ? take(class_of[(size + 15) / 16]) : take_pages(size);
    interrupts_restore(on);
    return block;
}

void *kzalloc(size_t size) {
    void *block = kmalloc(size);
    if (block != NULL) {
        memset(block, 0, size);
    }
    return block;
}

void *krealloc(void *old, size_t size) {
    if (old == NULL) {
        return kmalloc(size);
    }
    size_t had = capacity(old);
    if (size <= had && size > had / 4) {
        return old;
    }
    void *block = kmalloc(size);
    if (block != NULL) {
        memcpy(block, old, had < size ? had : size);
        kfree(old);
    }
    return block;
}

void kfree(void *block) {
    if (block == NULL) {
        return;
    }
    bool on = interrupts_disable();
    struct page *page = heap_page(block);
    if (page->tag == WHOLE_PAGES) {
        give_back_pages(page, virt_to_phys(block));
    } else {
        give_back(slab_of(block), page->tag, block);
    }
    interrupts_restore(on);
}

bool heap_class_at(unsigned n, struct heap_class *class) {
    if (n > CLASSES) {
        return false;
    }
    bool whole = n == WHOLE_PAGES;
    *class = (struct heap_class){.size = whole ? 0 : class_sizes[n],
                                 .used = used_blocks[n],
                                 .pages = used_pages[n],
                                 .per_page = whole ? 1 : (unsigned)(SPACE / class_sizes[n])};
    return true;
}

uint64_t heap_pages(void) {
    uint64_t pages = 0;
    for (unsigned i = 0; i <= CLASSES; i++) {
        pages += used_pages[i];
    }
    return pages;
}
