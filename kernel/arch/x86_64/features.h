// What this processor can do, found out once; control registers set accordingly.
#pragma once

#include <stdbool.h>
#include <stdint.h>

/// Who runs the machine, by CPUID leaf 0x40000000.
enum hypervisor { HYPERVISOR_NONE, HYPERVISOR_TCG, HYPERVISOR_KVM, HYPERVISOR_XEN, HYPERVISOR_OTHER };

extern bool cpu_has_smap, cpu_has_fsgsbase, cpu_has_xsave, cpu_has_xsaveopt, cpu_has_x2apic, cpu_has_tsc_deadline,
    cpu_has_rdrand, cpu_has_rdseed;

enum hypervisor cpu_hypervisor(void);

/// Turns on what protects the kernel (SMEP, SMAP, UMIP) and what programs use (SSE, AVX, FSGSBASE, syscall).
void cpu_features_init(void);

/// The state components that programs have (XCR0); 0 without XSAVE.
uint64_t cpu_xsave_features(void);

/// The processor's own word for its clocks, in Hz; 0 where it says nothing. `apic`: the timer's, undivided.
void cpu_clock_rates(uint64_t *tsc, uint64_t *apic);
