// Which signal stands for which exception: numbers and codes as Linux gives them (asm-generic/siginfo.h).

#include "proc/fault.h"
#include "arch/cpu.h"

enum vector {
    DIVIDE = 0,
    DEBUG = 1,
    BREAKPOINT = 3,
    OVERFLOW = 4,
    INVALID_OPCODE = 6,
    NO_SEGMENT = 11,
    STACK_SEGMENT = 12,
    PAGE_FAULT = 14,
    X87 = 16,
    ALIGNMENT = 17,
    SIMD = 19,
};

enum fpe_code { DIVIDED_INTEGER = 1, DIVIDED = 3, OVERFLOWED = 4, UNDERFLOWED = 5, INEXACT = 6, INVALID = 7 };
enum { ILLEGAL_OPERAND = 2, TRACED = 2, NOT_ALIGNED = 1, NO_SUCH_PLACE = 2, NOT_MAPPED = 1, NOT_ALLOWED = 2 };

/// The first of the exceptions that are raised and not masked, as they lie in both status words.
static int fpe_code(unsigned raised) {
    if (raised & 1) return INVALID;
    if (raised & 4) return DIVIDED;
    if (raised & 8) return OVERFLOWED;
    if (raised & (2 | 16)) return UNDERFLOWED; // or denormal
    return raised & 32 ? INEXACT : 0;
}

static struct signal_info at_instruction(int number, int code, const struct trap_frame *frame) {
    return (struct signal_info){.number = number, .code = code, .address = frame->rip};
}

static struct signal_info page_fault(uint64_t address, enum space_fault fault) {
    struct signal_info info = {.number = SIGNAL_SEGV, .code = NOT_MAPPED, .address = address};
    if (fault == FAULT_BEYOND) {
        info.number = SIGNAL_BUS;
        info.code = NO_SUCH_PLACE;
    } else if (fault == FAULT_FORBIDDEN) {
        info.code = NOT_ALLOWED;
    }
    return info;
}

struct signal_info fault_signal(const struct trap_frame *frame, unsigned vector, uint64_t address,
                                enum space_fault fault) {
    switch (vector) {
    case DIVIDE: return at_instruction(SIGNAL_FPE, DIVIDED_INTEGER, frame);
    case X87: return at_instruction(SIGNAL_FPE, fpe_code(arch_x87_exceptions()), frame);
    case SIMD: return at_instruction(SIGNAL_FPE, fpe_code(arch_simd_exceptions()), frame);
    case DEBUG: return at_instruction(SIGNAL_TRAP, TRACED, frame);
    case BREAKPOINT: return (struct signal_info){.number = SIGNAL_TRAP, .code = SIGNAL_BY_KERNEL};
    case INVALID_OPCODE: return at_instruction(SIGNAL_ILL, ILLEGAL_OPERAND, frame);
    case ALIGNMENT: return (struct signal_info){.number = SIGNAL_BUS, .code = NOT_ALIGNED};
    case NO_SEGMENT:
    case STACK_SEGMENT: return (struct signal_info){.number = SIGNAL_BUS, .code = SIGNAL_BY_KERNEL};
    case PAGE_FAULT: return page_fault(address, fault);
    default: return (struct signal_info){.number = SIGNAL_SEGV, .code = SIGNAL_BY_KERNEL};
    }
}
