// Exceptions of the processor in the program, by what they mean.
#pragma once

enum exception_kind {
    EXCEPTION_PAGE_FAULT,
    EXCEPTION_DIVISION,
    EXCEPTION_FLOATING_POINT,
    EXCEPTION_TRACE,
    EXCEPTION_BREAKPOINT,
    EXCEPTION_INSTRUCTION,
    EXCEPTION_ALIGNMENT,
    EXCEPTION_SEGMENT, // of memory that is not there in another way than by a page
    EXCEPTION_OTHER,
};

enum exception_kind exception_kind(unsigned vector);
/// What it was, for the report of a crash.
const char *exception_words(unsigned vector);

/// Of EXCEPTION_FLOATING_POINT: what is raised and not masked on the current thread, as bits of FLOATING_*.
enum {
    FLOATING_INVALID = 1,
    FLOATING_DENORMAL = 2,
    FLOATING_DIVIDE = 4,
    FLOATING_OVERFLOW = 8,
    FLOATING_UNDERFLOW = 16,
    FLOATING_INEXACT = 32
};
unsigned exception_floating(unsigned vector);
