// The one page table: 4 KiB mappings, for the program and for the kernel's own dynamic areas.
#include "arch/paging.h"

#include "arch/cpu.h"
#include "arch/x86_64/insn.h"
#include "arch/layout.h"
#include "arch/x86_64/pte.h"
#include "lib/errno.h"
#include "mem/phys.h"

uint64_t *table_at(uint64_t entry) { return phys_to_virt(entry & PTE_ADDRESS); }

static uint64_t user_tables;

uint64_t paging_user_tables(void) { return user_tables; }

uint64_t *pte_find(uint64_t va, bool create) {
    uint64_t *table = kernel_page_table;
    for (unsigned level = 3; level > 0; level--) {
        uint64_t *entry = &table[table_index(va, level)];
        if ((*entry & PTE_PRESENT) == 0) {
            uint64_t pa = create ? phys_alloc_zeroed() : 0;
            if (pa == 0) {
                return NULL;
            }
            user_tables += is_user_address(va);
            *entry = pa | PTE_PRESENT | PTE_WRITE | (is_user_address(va) ? PTE_USER : 0);
        } else if ((*entry & PTE_LARGE) != 0) {
            return NULL;
        }
        table = table_at(*entry);
    }
    return &table[table_index(va, 0)];
}

static uint64_t bits_of(uint64_t va, unsigned prot) {
    uint64_t bits = PTE_PRESENT;
    bits |= (prot & PAGE_WRITE) != 0 ? PTE_WRITE : 0;
    bits |= (prot & PAGE_EXEC) != 0 ? 0 : PTE_NO_EXECUTE;
    bits |= (prot & PAGE_UNCACHED) != 0 ? PTE_UNCACHED : 0;
    bits |= is_user_address(va) ? ((prot & PAGE_USER) != 0 ? PTE_USER : 0) : PTE_GLOBAL;
    return bits;
}

static unsigned prot_of(uint64_t entry) {
    unsigned prot = PAGE_READ;
    prot |= (entry & PTE_WRITE) != 0 ? PAGE_WRITE : 0;
    prot |= (entry & PTE_NO_EXECUTE) != 0 ? 0 : PAGE_EXEC;
    prot |= (entry & PTE_USER) != 0 ? PAGE_USER : 0;
    prot |= (entry & PTE_UNCACHED) != 0 ? PAGE_UNCACHED : 0;
    return prot;
}

int paging_map(uint64_t va, uint64_t pa, unsigned prot) {
    uint64_t *entry = pte_find(va, true);
    if (entry == NULL) {
        return -ENOMEM;
    }
    bool was_present = (*entry & PTE_PRESENT) != 0;
    *entry = (pa & PTE_ADDRESS) | bits_of(va, prot);
    if (was_present) {
        invlpg(va);
    }
    return 0;
}

bool paging_unmap(uint64_t va, uint64_t *pa) {
    uint64_t *entry = pte_find(va, false);
    if (entry == NULL || (*entry & PTE_PRESENT) == 0) {
        return false;
    }
    if (pa != NULL) {
        *pa = *entry & PTE_ADDRESS;
    }
    *entry = 0;
    invlpg(va);
    return true;
}

bool paging_protect(uint64_t va, unsigned prot) {
    uint64_t *entry = pte_find(va, false);
    if (entry == NULL || (*entry & PTE_PRESENT) == 0) {
        return false;
    }
    *entry = (*entry & (PTE_ADDRESS | PTE_DIRTY)) | bits_of(va, prot);
    invlpg(va);
    return true;
}

bool paging_lookup(uint64_t va, uint64_t *pa, unsigned *prot, bool *dirty) {
    const uint64_t *table = kernel_page_table;
    uint64_t entry = 0;
    unsigned level = 4;
    while (level > 0) {
        level--;
        entry = table[table_index(va, level)];
        if ((entry & PTE_PRESENT) == 0) {
            return false;
        }
        if (level > 0 && (entry & PTE_LARGE) != 0) {
            break;
        }
        table = table_at(entry);
    }
    if (pa != NULL) {
        uint64_t within = (1ull << (12 + 9 * level)) - 1;
        *pa = (entry & PTE_ADDRESS & ~within) | (va & within & ~(uint64_t)(PAGE_SIZE - 1));
    }
    if (prot != NULL) {
        *prot = prot_of(entry);
    }
    if (dirty != NULL) {
        *dirty = (entry & PTE_DIRTY) != 0;
    }
    return true;
}

uint64_t paging_next_mapped(uint64_t va, uint64_t end) {
    va &= ~(uint64_t)(PAGE_SIZE - 1);
    while (va < end) {
        const uint64_t *table = kernel_page_table;
        unsigned level = 3;
        uint64_t entry = table[table_index(va, level)];
        while (level > 0 && (entry & PTE_PRESENT) != 0) {
            level--;
            table = table_at(entry);
            entry = table[table_index(va, level)];
        }
        if ((entry & PTE_PRESENT) != 0) {
            return va;
        }
        uint64_t span = 1ull << (12 + 9 * level);
        va = (va & ~(span - 1)) + span;
    }
    return end;
}

uint64_t kernel_virt_to_phys(const void *va) {
    uint64_t address = (uint64_t)va;
    if (address >= KERNEL_BASE) {
        return address - KERNEL_BASE;
    }
    if (address < DYNAMIC_BASE) {
        return virt_to_phys(va);
    }
    uint64_t pa;
    return paging_lookup(address, &pa, NULL, NULL) ? pa | (address & (PAGE_SIZE - 1)) : 0;
}

/// Frees the tables below `entry` (of a table at `level`, covering [va, va + its span)) that serve addresses in [start,
/// end) and are empty; true if `entry` itself is empty afterwards.
static bool trim(uint64_t *entry, unsigned level, uint64_t va, uint64_t start, uint64_t end) {
    if ((*entry & PTE_PRESENT) == 0) {
        return true;
    }
    if (level == 0) {
        return false;
    }
    uint64_t *table = table_at(*entry);
    uint64_t span = 1ull << (12 + 9 * (level - 1));
    unsigned first = start > va ? (unsigned)((start - va) / span) : 0;
    for (unsigned i = first; level > 1 && i < ENTRIES && va + i * span < end; i++) {
        trim(&table[i], level - 1, va + i * span, start, end);
    }
    for (unsigned i = 0; i < ENTRIES; i++) {
        if ((table[i] & PTE_PRESENT) != 0) {
            return false;
        }
    }
    *entry = 0;
    invlpg(va);
    user_tables--;
    phys_free(virt_to_phys(table), 0);
    return true;
}

void paging_trim(uint64_t start, uint64_t end) {
    for (uint64_t va = start & ~((1ull << 39) - 1); va < end; va += 1ull << 39) {
        trim(&kernel_page_table[table_index(va, 3)], 3, va, start, end);
    }
}
