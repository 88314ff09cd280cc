// Builds the direct map: all RAM at DIRECT_MAP, in pages as large as they fit, read-write and never executable; only
// the kernel's own code and constants are read-only there too. What is not RAM is not mapped: device registers must not
// be reachable through a cached alias.
//
// pvh.S mapped the first gigabyte wholesale; its directory is refined in place.
#include "arch/x86_64/insn.h"
#include "arch/layout.h"
#include "arch/paging.h"
#include "arch/x86_64/pte.h"
#include "boot/start_info.h"

#define LARGE_SIZE (1ull << 21)
#define HUGE_SIZE (1ull << 30)
#define CR4_GLOBAL_PAGES (1ull << 7)

enum { CPUID_1G_PAGES = 1 << 26, PAGE_RIGHTS = PTE_PRESENT | PTE_WRITE | PTE_GLOBAL };

extern char kernel_text_start[], kernel_data_start[], kernel_end[];
extern uint64_t kernel_image_tables[], direct_pointers[ENTRIES], boot_stack_guard[];

static uint64_t image_physical(const char *symbol) { return (uint64_t)symbol - KERNEL_BASE; }

/// RAM that the direct map must show: what is free, and the kernel image itself.
static struct ram_ranges mapped;

static bool is_constant(uint64_t pa) {
    return pa >= image_physical(kernel_text_start) && pa < image_physical(kernel_data_start);
}

/// 2 MiB by single pages.
static bool fill_pages(uint64_t *entry, uint64_t start) {
    uint64_t pa = boot_take_page();
    if (pa == 0) {
        return false;
    }
    uint64_t *table = phys_to_virt(pa);
    for (unsigned r = 0; r < mapped.count; r++) {
        uint64_t low = mapped.list[r].start > start ? mapped.list[r].start : start;
        uint64_t high = mapped.list[r].end < start + LARGE_SIZE ? mapped.list[r].end : start + LARGE_SIZE;
        for (uint64_t page = low; page < high; page += PAGE_SIZE) {
            table[table_index(page, 0)] =
                page | PTE_PRESENT | PTE_GLOBAL | PTE_NO_EXECUTE | (is_constant(page) ? 0 : PTE_WRITE);
        }
    }
    *entry = pa | PTE_PRESENT | PTE_WRITE;
    return true;
}

static bool fill_large(uint64_t *entry, uint64_t start) {
    uint64_t covered = ram_ranges_covered(&mapped, start, start + LARGE_SIZE);
    bool constants =
        start < image_physical(kernel_data_start) && start + LARGE_SIZE > image_physical(kernel_text_start);
    if (covered == 0) {
        *entry = 0;
        return true;
    }
    if (covered < LARGE_SIZE || constants) {
        return fill_pages(entry, start);
    }
    *entry = start | PAGE_RIGHTS | PTE_LARGE | PTE_NO_EXECUTE;
    return true;
}

static bool fill_huge(uint64_t *entry, uint64_t start, bool huge_pages) {
    uint64_t covered = ram_ranges_covered(&mapped, start, start + HUGE_SIZE);
    if (covered == 0) {
        return true;
    }
    if (covered == HUGE_SIZE && huge_pages && *entry == 0) {
        *entry = start | PAGE_RIGHTS | PTE_LARGE | PTE_NO_EXECUTE;
        return true;
    }
    if (*entry == 0) {
        uint64_t pa = boot_take_page();
        if (pa == 0) {
            return false;
        }
        *entry = pa | PTE_PRESENT | PTE_WRITE;
    }
    uint64_t *directory = table_at(*entry);
    for (unsigned i = 0; i < ENTRIES; i++) {
        if (!fill_large(&directory[i], start + i * LARGE_SIZE)) {
            return false;
        }
    }
    return true;
}

bool direct_map_init(void) {
    mapped = boot_ram;
    ram_ranges_add(&mapped, image_physical(kernel_text_start), (uint64_t)(kernel_end - kernel_text_start));
    bool huge_pages = cpuid(0x80000000, 0).eax >= 0x80000001 && (cpuid(0x80000001, 0).edx & CPUID_1G_PAGES) != 0;
    uint64_t end = mapped.list[mapped.count - 1].end;
    // One table of pointers covers 512 GiB; memory beyond is left unused.
    for (uint64_t start = 0; start < end && start < ENTRIES * HUGE_SIZE; start += HUGE_SIZE) {
        if (!fill_huge(&direct_pointers[start / HUGE_SIZE], start, huge_pages)) {
            return false;
        }
    }
    kernel_image_tables[((uint64_t)boot_stack_guard - KERNEL_BASE) >> PAGE_SHIFT] = 0;
    write_cr3(read_cr3());
    write_cr4(read_cr4() | CR4_GLOBAL_PAGES);
    return true;
}
