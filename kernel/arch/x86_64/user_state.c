// The program's registers that the kernel itself does not use: FPU and vector registers, fs and gs base. They stay in the
// processor until another thread of the program needs it.
#include "arch/x86_64/context.h"

#include "arch/x86_64/cpu.h"
#include "arch/x86_64/features.h"
#include "arch/x86_64/insn.h"
#include "arch/x86_64/percpu.h"
#include "lib/string.h"
#include "mem/heap.h"

enum { FPU_ALIGNMENT = 64, FCW_OFFSET = 0, MXCSR_OFFSET = 24, FCW_DEFAULT = 0x37f, MXCSR_DEFAULT = 0x1f80 };

static uint64_t read_fs_base(void) {
    if (!cpu_has_fsgsbase) {
        return rdmsr(MSR_FS_BASE);
    }
    uint64_t base;
    __asm__ volatile("rdfsbase %0" : "=r"(base));
    return base;
}

static void write_fs_base(uint64_t base) {
    if (!cpu_has_fsgsbase) {
        wrmsr(MSR_FS_BASE, base);
    } else {
        __asm__ volatile("wrfsbase %0" : : "r"(base));
    }
}

static void save(struct user_state *s) {
    if (cpu_has_xsaveopt) {
        __asm__ volatile("xsaveopt64 (%0)" : : "r"(s->fpu), "a"(-1), "d"(-1) : "memory");
    } else if (cpu_has_xsave) {
        __asm__ volatile("xsave64 (%0)" : : "r"(s->fpu), "a"(-1), "d"(-1) : "memory");
    } else {
        __asm__ volatile("fxsave64 (%0)" : : "r"(s->fpu) : "memory");
    }
    s->fs_base = read_fs_base();
    s->gs_base = rdmsr(MSR_KERNEL_GS_BASE); // the program's, while the kernel runs
}

static void load(const struct user_state *s) {
    if (cpu_has_xsave) {
        __asm__ volatile("xrstor64 (%0)" : : "r"(s->fpu), "a"(-1), "d"(-1) : "memory");
    } else {
        __asm__ volatile("fxrstor64 (%0)" : : "r"(s->fpu) : "memory");
    }
    write_fs_base(s->fs_base);
    wrmsr(MSR_KERNEL_GS_BASE, s->gs_base);
}

bool user_state_init(struct user_state *s) {
    size_t size = cpu_xsave_size();
    *s = (struct user_state){.fpu_block = kzalloc(size + FPU_ALIGNMENT)};
    if (s->fpu_block == NULL) {
        return false;
    }
    s->fpu = (void *)(((uintptr_t)s->fpu_block + FPU_ALIGNMENT - 1) & ~(uintptr_t)(FPU_ALIGNMENT - 1));
    memcpy((char *)s->fpu + FCW_OFFSET, &(uint16_t){FCW_DEFAULT}, sizeof(uint16_t));
    memcpy((char *)s->fpu + MXCSR_OFFSET, &(uint32_t){MXCSR_DEFAULT}, sizeof(uint32_t));
    return true;
}

void user_state_destroy(struct user_state *s) {
    if (this_cpu()->user_state_loaded == s) {
        this_cpu()->user_state_loaded = NULL;
    }
    kfree(s->fpu_block);
    s->fpu_block = NULL;
}

void user_state_enter(struct user_state *s) {
    struct percpu *cpu = this_cpu();
    cpu->user_state = s;
    if (s == NULL || s == cpu->user_state_loaded) {
        return;
    }
    if (cpu->user_state_loaded != NULL) {
        save(cpu->user_state_loaded);
    }
    load(s);
    cpu->user_state_loaded = s;
}

// The current thread's state is always the loaded one: user_state_enter ran when it was switched to.

void arch_set_fs_base(uint64_t base) { write_fs_base(base); }

uint64_t arch_fs_base(void) { return read_fs_base(); }

void arch_set_gs_base(uint64_t base) { wrmsr(MSR_KERNEL_GS_BASE, base); }

uint64_t arch_gs_base(void) { return rdmsr(MSR_KERNEL_GS_BASE); }
