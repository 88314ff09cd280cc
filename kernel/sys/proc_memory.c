// /proc/meminfo and /proc/slabinfo: where the memory is.

#include "sys/proc_memory.h"
#include "arch/kernel_space.h"
#include "arch/paging.h"
#include "fs/cache.h"
#include "lib/format.h"
#include "mem/heap.h"
#include "mem/phys.h"
#include "vm/space.h"

static void add_pages(struct text *t, const char *name, uint64_t pages) {
    text_add(t, "%-16s%8llu kB\n", name, (unsigned long long)pages * (PAGE_SIZE / 1024));
}

static void write_meminfo(struct text *t) {
    uint64_t total = phys_total_pages(), free = phys_free_pages(), cached = cache_pages(),
             shared = cache_volatile_pages();
    add_pages(t, "MemTotal:", total);
    add_pages(t, "MemFree:", free);
    add_pages(t, "MemAvailable:", free + cached - shared);
    add_pages(t, "Buffers:", 0);
    add_pages(t, "Cached:", cached);
    add_pages(t, "SwapCached:", 0);
    add_pages(t, "SwapTotal:", 0);
    add_pages(t, "SwapFree:", 0);
    add_pages(t, "Dirty:", cache_dirty_pages());
    add_pages(t, "Writeback:", 0);
    add_pages(t, "AnonPages:", space.resident);
    add_pages(t, "Shmem:", shared);
    add_pages(t, "Slab:", heap_pages());
    add_pages(t, "SReclaimable:", 0);
    add_pages(t, "SUnreclaim:", heap_pages());
    add_pages(t, "KernelStack:", kernel_stacks() * (KERNEL_STACK_SIZE / PAGE_SIZE));
    add_pages(t, "PageTables:", paging_user_tables());
    add_pages(t, "CommitLimit:", total);
    add_pages(t, "Committed_AS:", space.resident);
    text_add(t, "HugePages_Total:   %5u\nHugePages_Free:    %5u\nHugepagesize:       2048 kB\n", 0u, 0u);
}

/// One line a size class, as Linux has them of its kmalloc; blocks of whole pages are counted together.
static void write_slabinfo(struct text *t) {
    struct heap_class c;
    text_add(
        t, "slabinfo - version: 2.1\n# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> "
           ": tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>\n");
    for (unsigned i = 0; heap_class_at(i, &c); i++) {
        char name[24] = "kmalloc-large";
        if (c.size) format_text(name, sizeof name, "kmalloc-%zu", c.size);
        unsigned long long pages = c.pages, blocks = c.size ? pages * c.per_page : c.used;
        text_add(t, "%-17s %6llu %6llu %6zu %4u %4u : tunables    0    0    0 : slabdata %6llu %6llu      0\n", name,
                 (unsigned long long)c.used, blocks, c.size ? c.size : (size_t)PAGE_SIZE, c.per_page, 1u, pages, pages);
    }
}

void proc_memory_add(struct inode *root) {
    virtual_text(root, "meminfo", write_meminfo);
    virtual_text(root, "slabinfo", write_slabinfo);
}
