// The way into Xen: CPUID leaves that name it, and a page that it fills with the instructions of its calls, which
// differ between processors.
#include "arch/xen.h"

#include "arch/irq.h"
#include "arch/paging.h"
#include "arch/x86_64/insn.h"
#include "mem/phys.h"
#include <stddef.h>

/// The leaves begin at a multiple of 256: the first ones may be taken, by what Xen offers to other systems.
enum { LEAVES_FIRST = 0x40000000, LEAVES_END = 0x40010000, LEAVES_STEP = 0x100, LEAF_HYPERCALLS = 2 };
enum { STUB_SIZE = 32, HVM_OPERATION = 34, SET_PARAMETER = 0, DOMAIN_SELF = 0x7ff0, CALLBACK = 0 };
/// Xen's hvm-emulated-unplug.pandoc.
enum { UNPLUG_PORT = 0x10, UNPLUG_VERSION = 0x12, UNPLUG_MAGIC = 0x49d2, UNPLUG_DISKS = 1, UNPLUG_CARDS = 2 };
#define CALLBACK_BY_VECTOR (2ull << 56)

static char *hypercall_page;

static uint32_t find_leaves(void) {
    for (uint32_t leaf = LEAVES_FIRST; leaf < LEAVES_END; leaf += LEAVES_STEP) {
        struct cpuid r = cpuid(leaf, 0);
        // "XenVMMXenVMM"
        if (r.ebx == 0x566e6558 && r.ecx == 0x65584d4d && r.edx == 0x4d4d566e && r.eax >= leaf + LEAF_HYPERCALLS) {
            return leaf;
        }
    }
    return 0;
}

bool xen_find(void) {
    bool is_virtual = (cpuid(1, 0).ecx >> 31 & 1) != 0;
    uint32_t leaves = is_virtual ? find_leaves() : 0;
    uint64_t pa = leaves != 0 ? phys_alloc(0) : 0;
    if (pa == 0) {
        return false;
    }
    wrmsr(cpuid(leaves + LEAF_HYPERCALLS, 0).ebx, pa);
    hypercall_page = paging_map_code(pa, PAGE_SIZE);
    return hypercall_page != NULL;
}

long xen_hypercall(unsigned number, uint64_t first, uint64_t second, uint64_t third) {
    long result;
    __asm__ volatile("call *%[stub]"
                     : "=a"(result), "+D"(first), "+S"(second), "+d"(third)
                     : [stub] "r"(hypercall_page + (size_t)number * STUB_SIZE)
                     : "rcx", "r8", "r9", "r10", "r11", "memory", "cc");
    return result;
}

void xen_unplug(void) {
    if (inw(UNPLUG_PORT) != UNPLUG_MAGIC) {
        return; // there are none, as in a machine that is no PC
    }
    if (inb(UNPLUG_VERSION) >= 1) {
        outw(UNPLUG_VERSION, 0);
        outl(UNPLUG_PORT, 0);
        if (inw(UNPLUG_PORT) != UNPLUG_MAGIC) {
            return; // the host does not want it of us
        }
    }
    outw(UNPLUG_PORT, UNPLUG_DISKS | UNPLUG_CARDS);
}

bool xen_deliver_events(void (*handler)(void *unused)) {
    struct msi_message message;
    if (irq_attach_message(handler, NULL, &message) != 0) {
        return false;
    }
    // Xen raises the vector itself, so that the local APIC has nothing in service when its end is told: harmless.
    struct {
        uint16_t domain, padding;
        uint32_t index;
        uint64_t value;
    } request = {.domain = DOMAIN_SELF, .index = CALLBACK, .value = CALLBACK_BY_VECTOR | message.data};
    return xen_hypercall(HVM_OPERATION, SET_PARAMETER, (uintptr_t)&request, 0) == 0;
}
