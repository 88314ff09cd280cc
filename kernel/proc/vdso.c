// The vDSO's two pages: a copy of the linked code, and the clock's page, which the kernel keeps true.
#include "proc/vdso.h"

#include "arch/clock_event.h"
#include "arch/paging.h"
#include "lib/string.h"
#include "mem/phys.h"
#include "vm/space.h"

extern const uint8_t vdso_image[PAGE_SIZE];

static bool put(uint64_t va, uint64_t pa, unsigned prot) {
    if (paging_map(va, pa, PAGE_USER | PAGE_READ | prot) != 0) {
        phys_unref(pa);
        return false;
    }
    space.resident++;
    return true;
}

uint64_t vdso_map(void) {
    uint64_t code = phys_alloc(0), clock = phys_alloc_zeroed();
    if (code == 0 || clock == 0) return 0;
    long at = space_map(0, 2 * PAGE_SIZE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, NULL, 0);
    if (at < 0) return 0;
    memcpy(phys_to_virt(code), vdso_image, PAGE_SIZE);
    clock_publish(phys_to_virt(clock));
    phys_ref(clock); // the kernel's own, which stays when the program unmaps it
    return put((uint64_t)at, code, PAGE_EXEC) && put((uint64_t)at + PAGE_SIZE, clock, 0) ? (uint64_t)at : 0;
}
