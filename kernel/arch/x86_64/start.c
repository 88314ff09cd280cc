// The processor's part of the kernel's start.
#include "arch/start.h"

#include "arch/x86_64/apic.h"
#include "arch/x86_64/descriptors.h"
#include "arch/x86_64/features.h"
#include "arch/x86_64/pte.h"

void arch_start_processor(void) {
    descriptors_init();
    cpu_features_init();
}

bool arch_start_memory(void) { return direct_map_init(); }

void arch_start_interrupts(void) { apic_init(); }
