// Which signal stands for which exception: numbers and codes as Linux gives them (asm-generic/siginfo.h).

#include "proc/fault.h"
#include "arch/exception.h"
#include "arch/frame.h"

enum fpe_code { DIVIDED_INTEGER = 1, DIVIDED = 3, OVERFLOWED = 4, UNDERFLOWED = 5, INEXACT = 6, INVALID = 7 };
enum { ILLEGAL_OPERAND = 2, TRACED = 2, NOT_ALIGNED = 1, NO_SUCH_PLACE = 2, NOT_MAPPED = 1, NOT_ALLOWED = 2 };

/// The first of the exceptions that are raised and not masked.
static int fpe_code(unsigned raised) {
    if (raised & FLOATING_INVALID) return INVALID;
    if (raised & FLOATING_DIVIDE) return DIVIDED;
    if (raised & FLOATING_OVERFLOW) return OVERFLOWED;
    if (raised & (FLOATING_DENORMAL | FLOATING_UNDERFLOW)) return UNDERFLOWED;
    return raised & FLOATING_INEXACT ? INEXACT : 0;
}

static struct signal_info at_instruction(int number, int code, const struct trap_frame *frame) {
    return (struct signal_info){.number = number, .code = code, .address = frame_place(frame)};
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
    switch (exception_kind(vector)) {
    case EXCEPTION_DIVISION: return at_instruction(SIGNAL_FPE, DIVIDED_INTEGER, frame);
    case EXCEPTION_FLOATING_POINT: return at_instruction(SIGNAL_FPE, fpe_code(exception_floating(vector)), frame);
    case EXCEPTION_TRACE: return at_instruction(SIGNAL_TRAP, TRACED, frame);
    case EXCEPTION_BREAKPOINT: return (struct signal_info){.number = SIGNAL_TRAP, .code = SIGNAL_BY_KERNEL};
    case EXCEPTION_INSTRUCTION: return at_instruction(SIGNAL_ILL, ILLEGAL_OPERAND, frame);
    case EXCEPTION_ALIGNMENT: return (struct signal_info){.number = SIGNAL_BUS, .code = NOT_ALIGNED};
    case EXCEPTION_SEGMENT: return (struct signal_info){.number = SIGNAL_BUS, .code = SIGNAL_BY_KERNEL};
    case EXCEPTION_PAGE_FAULT: return page_fault(address, fault);
    default: return (struct signal_info){.number = SIGNAL_SEGV, .code = SIGNAL_BY_KERNEL};
    }
}
