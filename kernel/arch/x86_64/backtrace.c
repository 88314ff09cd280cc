// The chain of calls that led to a place in the kernel. Nothing it follows is trusted: this runs when things are
// broken.
#include "arch/backtrace.h"

#include "arch/cpu.h"
#include "arch/paging.h"
#include <stddef.h>

extern char kernel_text_start[], kernel_rodata_start[];

/// Made from the linked kernel by the Makefile: functions in order, how far each begins behind the one before it (the
/// first, behind kernel_text_start), and their names, each with its NUL. The first link has none.
extern const uint32_t kernel_symbol_count __attribute__((weak));
extern const uint16_t kernel_symbol_steps[] __attribute__((weak));
extern const char kernel_symbol_names[] __attribute__((weak));

static bool is_kernel_text(uint64_t address) {
    return address >= (uint64_t)kernel_text_start && address < (uint64_t)kernel_rodata_start;
}

static bool is_readable(uint64_t address) {
    return address % 8 == 0 && !is_user_address(address) && paging_lookup(address, NULL, NULL, NULL) &&
           paging_lookup(address + 8, NULL, NULL, NULL);
}

unsigned backtrace(uint64_t chain, uint64_t *to, unsigned cap) {
    unsigned n = 0;
    while (n < cap && is_readable(chain)) {
        const uint64_t *frame = (const uint64_t *)chain;
        if (!is_kernel_text(frame[1])) {
            break;
        }
        to[n++] = frame[1];
        if (frame[0] <= chain) {
            break;
        }
        chain = frame[0];
    }
    return n;
}

const char *kernel_symbol(uint64_t address, uint64_t *offset) {
    if (&kernel_symbol_count == NULL || !is_kernel_text(address)) {
        return NULL;
    }
    uint64_t within = address - (uint64_t)kernel_text_start;
    const char *name = NULL;
    const char *next = kernel_symbol_names;
    uint64_t at = 0;
    for (uint32_t i = 0; i < kernel_symbol_count && at + kernel_symbol_steps[i] <= within; i++) {
        at += kernel_symbol_steps[i];
        name = next;
        *offset = within - at;
        while (*next++ != '\0') {
        }
    }
    return name;
}
