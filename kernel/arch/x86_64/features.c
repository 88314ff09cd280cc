// What this processor can do, found out once; control registers set accordingly.
#include "arch/x86_64/features.h"

#include "arch/cpu.h"
#include "arch/x86_64/insn.h"
#include "arch/layout.h"
#include <stddef.h>

bool cpu_has_smap, cpu_has_fsgsbase, cpu_has_xsave, cpu_has_xsaveopt, cpu_has_x2apic, cpu_has_tsc_deadline,
    cpu_has_rdrand, cpu_has_rdseed;

static enum hypervisor hypervisor;
static uint32_t hypervisor_leaves; // the highest
static uint64_t hwcap;
static uint64_t xsave_size = 512;
static uint64_t xsave_features;

/// Intel SDM volume 3, 2.5 "Control Registers".
enum cr0_bits { CR0_MONITOR = 1 << 1, CR0_EMULATE = 1 << 2, CR0_NUMERIC_ERROR = 1 << 5 };
enum cr4_bits {
    CR4_OSFXSR = 1 << 9,
    CR4_OSXMMEXCPT = 1 << 10,
    CR4_UMIP = 1 << 11,
    CR4_FSGSBASE = 1 << 16,
    CR4_OSXSAVE = 1 << 18,
    CR4_SMEP = 1 << 20,
    CR4_SMAP = 1 << 21,
};

/// State components of XCR0 that programs get: x87, SSE, AVX, and the three of AVX-512 (all or none).
enum { XCR0_X87 = 1, XCR0_SSE = 2, XCR0_AVX = 4, XCR0_AVX512 = 0xe0 };

/// Flags at a system call that the kernel must not inherit: AC, NT, IOPL, DF, IF, TF, RF.
enum { SYSCALL_FLAG_MASK = 0x57700 };

extern char syscall_entry[];

static bool bit(uint32_t reg, unsigned n) { return (reg >> n & 1) != 0; }

static void find_hypervisor(void) {
    struct cpuid r = cpuid(0x40000000, 0);
    hypervisor_leaves = r.eax;
    if (r.ebx == 0x54474354) { // "TCGT" of TCGTCGTCGTCG
        hypervisor = HYPERVISOR_TCG;
    } else if (r.ebx == 0x4b4d564b) { // "KVMK" of KVMKVMKVM
        hypervisor = HYPERVISOR_KVM;
    } else if (r.ebx == 0x566e6558) { // "XenV" of XenVMMXenVMM
        hypervisor = HYPERVISOR_XEN;
    } else {
        hypervisor = HYPERVISOR_OTHER;
    }
}

static void enable_xsave(void) {
    uint32_t offered = cpuid(0xd, 0).eax;
    uint64_t xcr0 = XCR0_X87 | XCR0_SSE | (offered & XCR0_AVX);
    if ((offered & XCR0_AVX) != 0 && (offered & XCR0_AVX512) == XCR0_AVX512) {
        xcr0 |= XCR0_AVX512;
    }
    xsetbv(0, xcr0);
    xsave_features = xcr0;
    struct cpuid r = cpuid(0xd, 0);
    xsave_size = r.ebx > xsave_size ? r.ebx : xsave_size;
    cpu_has_xsaveopt = bit(cpuid(0xd, 1).eax, 0);
}

void cpu_features_init(void) {
    uint32_t highest = cpuid(0, 0).eax;
    struct cpuid one = cpuid(1, 0);
    struct cpuid seven = highest >= 7 ? cpuid(7, 0) : (struct cpuid){0};
    hwcap = one.edx;
    cpu_has_smap = bit(seven.ebx, 20);
    cpu_has_fsgsbase = bit(seven.ebx, 0);
    cpu_has_xsave = bit(one.ecx, 26) && highest >= 0xd;
    cpu_has_x2apic = bit(one.ecx, 21);
    cpu_has_tsc_deadline = bit(one.ecx, 24);
    cpu_has_rdrand = bit(one.ecx, 30);
    cpu_has_rdseed = bit(seven.ebx, 18);

    uint64_t cr4 = read_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT;
    cr4 |= bit(seven.ecx, 2) ? CR4_UMIP : 0;
    cr4 |= cpu_has_fsgsbase ? CR4_FSGSBASE : 0;
    cr4 |= cpu_has_xsave ? CR4_OSXSAVE : 0;
    cr4 |= bit(seven.ebx, 7) ? CR4_SMEP : 0;
    cr4 |= cpu_has_smap ? CR4_SMAP : 0;
    write_cr0((read_cr0() & ~(uint64_t)CR0_EMULATE) | CR0_MONITOR | CR0_NUMERIC_ERROR);
    write_cr4(cr4);
    if (cpu_has_xsave) {
        enable_xsave();
    }
    if (bit(one.ecx, 31)) {
        find_hypervisor();
    }

    wrmsr(MSR_STAR, (uint64_t)USER_CS32 << 48 | (uint64_t)KERNEL_CS << 32);
    wrmsr(MSR_LSTAR, (uint64_t)syscall_entry);
    wrmsr(MSR_SFMASK, SYSCALL_FLAG_MASK);
}

enum hypervisor cpu_hypervisor(void) { return hypervisor; }

void cpu_clock_rates(uint64_t *tsc, uint64_t *apic) {
    *tsc = *apic = 0;
    // VMware's timing leaf, which others offer too: kHz of the TSC and of the APIC timer.
    if (hypervisor != HYPERVISOR_NONE && hypervisor_leaves >= 0x40000010 && hypervisor_leaves < 0x40000100) {
        struct cpuid r = cpuid(0x40000010, 0);
        *tsc = (uint64_t)r.eax * 1000;
        *apic = (uint64_t)r.ebx * 1000;
    }
    // TSC = crystal * ebx / eax, where the crystal is known (SDM volume 2, CPUID 15H).
    if (*tsc == 0 && cpuid(0, 0).eax >= 0x15) {
        struct cpuid r = cpuid(0x15, 0);
        if (r.eax != 0 && r.ebx != 0 && r.ecx != 0) {
            *tsc = (uint64_t)r.ecx * r.ebx / r.eax;
        }
    }
    // QEMU's and KVM's APIC timers count nanoseconds.
    if (*apic == 0 && (hypervisor == HYPERVISOR_TCG || hypervisor == HYPERVISOR_KVM)) {
        *apic = 1000000000;
    }
    // Xen's counts ten of them.
    if (*apic == 0 && hypervisor == HYPERVISOR_XEN) {
        *apic = 100000000;
    }
}

uint64_t cpu_hwcap(void) { return hwcap; }

/// HWCAP2_FSGSBASE; ring3mwait (bit 0) is not offered.
uint64_t cpu_hwcap2(void) { return cpu_has_fsgsbase ? 2 : 0; }

uint64_t cpu_xsave_size(void) { return xsave_size; }

uint64_t cpu_xsave_features(void) { return xsave_features; }
