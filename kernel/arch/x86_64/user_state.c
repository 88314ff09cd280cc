// The program's registers that the kernel itself does not use: FPU and vector registers, fs and gs base. They stay in
// the processor until another thread of the program needs it.
#include "arch/context.h"

#include "arch/cpu.h"
#include "arch/x86_64/features.h"
#include "arch/x86_64/insn.h"
#include "arch/percpu.h"
#include "lib/string.h"
#include "mem/heap.h"

enum { FPU_ALIGNMENT = 64, FCW_OFFSET = 0, MXCSR_OFFSET = 24, MXCSR_MASK_OFFSET = 28 };
enum { FCW_DEFAULT = 0x37f, MXCSR_DEFAULT = 0x1f80, MXCSR_MASK_DEFAULT = 0xffbf };

/// The header of an XSAVE area (SDM volume 1, 13.4.2): which components are in it, and what must be zero.
enum { XSAVE_PRESENT = 512, XSAVE_COMPACTED = 520, XSAVE_HEADER_END = 576 };

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

/// Saves every component, also those that are as they were at the program's start.
static void save_whole(void *fpu) {
    if (cpu_has_xsave) {
        __asm__ volatile("xsave64 (%0)" : : "r"(fpu), "a"(-1), "d"(-1) : "memory");
    } else {
        __asm__ volatile("fxsave64 (%0)" : : "r"(fpu) : "memory");
    }
}

static void save_bases(struct user_state *s) {
    s->fs_base = read_fs_base();
    s->gs_base = rdmsr(MSR_KERNEL_GS_BASE); // the program's, while the kernel runs
}

static void save(struct user_state *s) {
    if (cpu_has_xsaveopt) {
        __asm__ volatile("xsaveopt64 (%0)" : : "r"(s->fpu), "a"(-1), "d"(-1) : "memory");
    } else {
        save_whole(s->fpu);
    }
    save_bases(s);
}

static void load_fpu(const void *fpu) {
    if (cpu_has_xsave) {
        __asm__ volatile("xrstor64 (%0)" : : "r"(fpu), "a"(-1), "d"(-1) : "memory");
    } else {
        __asm__ volatile("fxrstor64 (%0)" : : "r"(fpu) : "memory");
    }
}

static void load(const struct user_state *s) {
    load_fpu(s->fpu);
    write_fs_base(s->fs_base);
    wrmsr(MSR_KERNEL_GS_BASE, s->gs_base);
}

/// What a program finds at its start: everything empty, no floating-point exception enabled.
static void make_fresh(void *fpu) {
    memset(fpu, 0, cpu_xsave_size());
    memcpy((char *)fpu + FCW_OFFSET, &(uint16_t){FCW_DEFAULT}, sizeof(uint16_t));
    memcpy((char *)fpu + MXCSR_OFFSET, &(uint32_t){MXCSR_DEFAULT}, sizeof(uint32_t));
}

bool user_state_init(struct user_state *s, bool copy_current) {
    *s = (struct user_state){.fpu_block = kzalloc(cpu_xsave_size() + FPU_ALIGNMENT)};
    if (s->fpu_block == NULL) {
        return false;
    }
    s->fpu = (void *)(((uintptr_t)s->fpu_block + FPU_ALIGNMENT - 1) & ~(uintptr_t)(FPU_ALIGNMENT - 1));
    if (copy_current) {
        save_whole(s->fpu);
        save_bases(s);
    } else {
        make_fresh(s->fpu);
    }
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
    if (s == cpu->user_state_loaded) {
        return;
    }
    if (cpu->user_state_loaded != NULL) {
        save(cpu->user_state_loaded);
    }
    load(s);
    cpu->user_state_loaded = s;
}

const void *user_state_image(void) {
    void *fpu = this_cpu()->user_state->fpu;
    save_whole(fpu);
    return fpu;
}

void user_state_reset(void) {
    void *fpu = this_cpu()->user_state->fpu;
    make_fresh(fpu);
    load_fpu(fpu);
}

void user_state_set(const void *image) {
    char *fpu = this_cpu()->user_state->fpu;
    uint32_t mxcsr, allowed;
    save_whole(fpu); // for the mask, which the processor writes
    memcpy(&allowed, fpu + MXCSR_MASK_OFFSET, sizeof(allowed));
    memcpy(fpu, image, cpu_xsave_size());
    memcpy(&mxcsr, fpu + MXCSR_OFFSET, sizeof(mxcsr));
    mxcsr &= allowed != 0 ? allowed : MXCSR_MASK_DEFAULT;
    memcpy(fpu + MXCSR_OFFSET, &mxcsr, sizeof(mxcsr));
    if (cpu_has_xsave) {
        uint64_t present;
        memcpy(&present, fpu + XSAVE_PRESENT, sizeof(present));
        present &= cpu_xsave_features();
        memcpy(fpu + XSAVE_PRESENT, &present, sizeof(present));
        memset(fpu + XSAVE_COMPACTED, 0, XSAVE_HEADER_END - XSAVE_COMPACTED);
    }
    load_fpu(fpu);
}

// The current thread's state is always the loaded one: user_state_enter ran when it was switched to.

void arch_set_fs_base(uint64_t base) { write_fs_base(base); }

uint64_t arch_fs_base(void) { return read_fs_base(); }

void arch_set_gs_base(uint64_t base) { wrmsr(MSR_KERNEL_GS_BASE, base); }

uint64_t arch_gs_base(void) { return rdmsr(MSR_KERNEL_GS_BASE); }
