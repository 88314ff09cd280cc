// A fault that the program can't survive: the report on the console, and the end.
#pragma once

#include "vm/space.h"

struct trap_frame;

/// Ends the program by a signal that calls for a report. `frame`: where it is; null if it is not the program that asks.
_Noreturn void crash_by_signal(int signal, const char *reason, const struct trap_frame *frame);

/// The hooks for the architecture (cpu.h, struct program_hooks).
bool crash_page_fault(struct trap_frame *frame, uint64_t address, unsigned access);
void crash_exception(struct trap_frame *frame, unsigned vector, uint64_t address);
