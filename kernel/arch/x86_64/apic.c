// The local APIC, through MSRs where the processor has x2APIC, else through its page of registers.
#include "arch/x86_64/apic.h"

#include "arch/x86_64/features.h"
#include "arch/x86_64/insn.h"
#include "arch/irq.h"
#include "arch/paging.h"
#include "arch/x86_64/pic.h"
#include "lib/panic.h"
#include <stddef.h>

/// Offsets in the page; in x2APIC mode MSR 0x800 + offset / 16.
enum apic_register {
    APIC_ID = 0x20,
    APIC_EOI = 0xb0,
    APIC_SPURIOUS = 0xf0,
    APIC_TIMER = 0x320,
    APIC_LINT0 = 0x350,
    APIC_LINT1 = 0x360,
    APIC_TIMER_INITIAL = 0x380,
    APIC_TIMER_COUNT = 0x390,
    APIC_TIMER_DIVIDE = 0x3e0,
};

enum { SOFTWARE_ENABLE = 1 << 8, MASKED = 1 << 16, DELIVER_NMI = 4 << 8, TIMER_TSC_DEADLINE = 2 << 17 };
enum { DIVIDE_BY_1 = 0xb };
enum { APIC_BASE_X2 = 1 << 10, APIC_BASE_ENABLE = 1 << 11 };

static volatile uint32_t *registers; // null in x2APIC mode

static uint32_t read(enum apic_register r) {
    return registers != NULL ? registers[r / 4] : (uint32_t)rdmsr(MSR_X2APIC + r / 16);
}

static void write(enum apic_register r, uint32_t value) {
    if (registers != NULL) {
        registers[r / 4] = value;
    } else {
        wrmsr(MSR_X2APIC + r / 16, value);
    }
}

void apic_init(void) {
    uint64_t base = rdmsr(MSR_APIC_BASE);
    if (cpu_has_x2apic) {
        wrmsr(MSR_APIC_BASE, base | APIC_BASE_ENABLE | APIC_BASE_X2);
    } else {
        wrmsr(MSR_APIC_BASE, base | APIC_BASE_ENABLE);
        registers = paging_map_device(base & 0xffffff000ull, PAGE_SIZE);
        if (registers == NULL) {
            panic("no memory for the interrupt controller's registers");
        }
    }
    write(APIC_SPURIOUS, SOFTWARE_ENABLE | VECTOR_SPURIOUS);
    pic_mask();
    write(APIC_LINT0, MASKED); // the old interrupt controllers' line
    write(APIC_LINT1, DELIVER_NMI);
    write(APIC_TIMER_DIVIDE, DIVIDE_BY_1);
}

uint32_t apic_id(void) { return registers != NULL ? read(APIC_ID) >> 24 : read(APIC_ID); }

void apic_end_of_interrupt(void) { write(APIC_EOI, 0); }

void apic_timer_start(uint32_t count) { write(APIC_TIMER_INITIAL, count); }

uint32_t apic_timer_count(void) { return read(APIC_TIMER_COUNT); }

void apic_timer_set_interrupt(bool on) { write(APIC_TIMER, VECTOR_TIMER | (on ? 0 : MASKED)); }

void apic_timer_use_tsc_deadline(void) {
    write(APIC_TIMER, VECTOR_TIMER | TIMER_TSC_DEADLINE);
    memory_barrier(); // the mode must be set before the first deadline is (SDM volume 3, 11.5.4.1)
}
