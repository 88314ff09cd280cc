// What the processor's exceptions mean.
#include "arch/exception.h"

#include "arch/x86_64/vectors.h"
#include <stdint.h>

enum { EXCEPTIONS = 0x3f, MXCSR_MASKS_SHIFT = 7 };

enum exception_kind exception_kind(unsigned vector) {
    switch (vector) {
    case VECTOR_PAGE_FAULT: return EXCEPTION_PAGE_FAULT;
    case VECTOR_DIVIDE: return EXCEPTION_DIVISION;
    case VECTOR_X87:
    case VECTOR_SIMD: return EXCEPTION_FLOATING_POINT;
    case VECTOR_DEBUG: return EXCEPTION_TRACE;
    case VECTOR_BREAKPOINT: return EXCEPTION_BREAKPOINT;
    case VECTOR_INVALID_OPCODE: return EXCEPTION_INSTRUCTION;
    case VECTOR_ALIGNMENT: return EXCEPTION_ALIGNMENT;
    case VECTOR_NO_SEGMENT:
    case VECTOR_STACK_SEGMENT: return EXCEPTION_SEGMENT;
    default: return EXCEPTION_OTHER;
    }
}

const char *exception_words(unsigned vector) {
    switch (vector) {
    case VECTOR_DIVIDE: return "a division by zero, or one whose result does not fit";
    case VECTOR_DEBUG:
    case VECTOR_BREAKPOINT: return "a breakpoint";
    case VECTOR_INVALID_OPCODE: return "an instruction that this processor does not have";
    case VECTOR_GENERAL_PROTECTION: return "an address or an instruction that is not allowed";
    case VECTOR_X87:
    case VECTOR_SIMD: return "a floating-point exception";
    case VECTOR_ALIGNMENT: return "an access that is not aligned";
    default: return "an exception of the processor";
    }
}

static unsigned x87_exceptions(void) {
    uint16_t status, control;
    __asm__ volatile("fnstsw %0; fnstcw %1" : "=m"(status), "=m"(control));
    return status & ~(unsigned)control & EXCEPTIONS;
}

static unsigned simd_exceptions(void) {
    uint32_t mxcsr;
    __asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
    return mxcsr & ~(mxcsr >> MXCSR_MASKS_SHIFT) & EXCEPTIONS;
}

unsigned exception_floating(unsigned vector) { return vector == VECTOR_X87 ? x87_exceptions() : simd_exceptions(); }
