// The processor's tables: segments, task state, interrupt gates. One of each now; a second processor gets its own
// segments and task state.
#include "arch/x86_64/descriptors.h"

#include "arch/context.h"
#include "arch/x86_64/insn.h"
#include "arch/layout.h"
#include "arch/percpu.h"

/// Intel SDM volume 3, 8.7 "Task Management in 64-bit Mode".
struct task_state {
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t reserved1;
    uint64_t ist[7];
    uint64_t reserved2;
    uint16_t reserved3;
    uint16_t io_map;
} __attribute__((packed));
_Static_assert(sizeof(struct task_state) == 104, "the processor's layout");

struct gate {
    uint16_t offset_low, selector;
    uint8_t ist, type;
    uint16_t offset_middle;
    uint32_t offset_high, reserved;
};
_Static_assert(sizeof(struct gate) == 16, "the processor's layout");

struct table_pointer {
    uint16_t limit;
    uint64_t base;
} __attribute__((packed));

enum { GATE_INTERRUPT = 0x8e, GATE_FOR_USER = 0x60, VECTOR_BREAKPOINT = 3, VECTOR_OVERFLOW = 4, FATAL_IST = 1 };
enum { FATAL_STACK_SIZE = 8192 };

extern char trap_stubs[];

struct percpu boot_cpu = {.self = &boot_cpu};

static struct task_state task_state = {.io_map = sizeof(struct task_state)};
static struct gate gates[TRAP_VECTORS];
/// For what may come at any instruction: NMI, double fault, machine check. All of them end the kernel, so one will do.
static uint8_t fatal_stack[FATAL_STACK_SIZE] __attribute__((aligned(16)));

static uint64_t segments[] = {
    0,
    0,
    0x00209b0000000000, // KERNEL_CS: 64-bit code
    0x0000930000000000, // KERNEL_DS
    0x00cffb000000ffff, // USER_CS32: 32-bit code, there because sysret counts from it
    0x0000f30000000000, // USER_DS
    0x0020fb0000000000, // USER_CS: 64-bit code
    0,
    0, // TSS_SELECTOR: two slots, filled below
    0,
};

static void fill_gate(unsigned vector, unsigned ist, bool for_user) {
    uint64_t target = (uint64_t)trap_stubs + vector * TRAP_STUB_SIZE;
    gates[vector] = (struct gate){
        .offset_low = (uint16_t)target,
        .selector = KERNEL_CS,
        .ist = (uint8_t)ist,
        .type = (uint8_t)(GATE_INTERRUPT | (for_user ? GATE_FOR_USER : 0)),
        .offset_middle = (uint16_t)(target >> 16),
        .offset_high = (uint32_t)(target >> 32),
    };
}

static void fill_task_segment(void) {
    uint64_t base = (uint64_t)&task_state;
    uint64_t limit = sizeof(task_state) - 1;
    segments[TSS_SELECTOR / 8] =
        limit | (base & 0xffffff) << 16 | 0x89ull << 40 | (base >> 24 & 0xff) << 56; // available 64-bit TSS
    segments[TSS_SELECTOR / 8 + 1] = base >> 32;
}

void descriptors_init(void) {
    for (unsigned vector = 0; vector < TRAP_VECTORS; vector++) {
        bool fatal = vector == 2 || vector == 8 || vector == 18;
        fill_gate(vector, fatal ? FATAL_IST : 0, vector == VECTOR_BREAKPOINT || vector == VECTOR_OVERFLOW);
    }
    task_state.ist[FATAL_IST - 1] = (uint64_t)fatal_stack + FATAL_STACK_SIZE;
    fill_task_segment();

    struct table_pointer gdt = {sizeof(segments) - 1, (uint64_t)segments};
    struct table_pointer idt = {sizeof(gates) - 1, (uint64_t)gates};
    __asm__ volatile("lgdt %0" : : "m"(gdt) : "memory");
    __asm__ volatile("lidt %0" : : "m"(idt) : "memory");
    __asm__ volatile("ltr %w0" : : "r"(TSS_SELECTOR) : "memory");
    wrmsr(MSR_GS_BASE, (uint64_t)&boot_cpu);
}

void context_set_kernel_stack(uint64_t top) {
    task_state.rsp[0] = top;
    this_cpu()->kernel_rsp = top;
}
