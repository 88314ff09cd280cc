// The kernel's own end: a report on serial port and console, the crash record, code 125.
#pragma once

#include <stdbool.h>

#include <stdint.h>

struct trap_frame;

_Noreturn void panic(const char *format, ...) __attribute__((format(printf, 1, 2)));
/// The kernel met an exception of its own: its registers are reported too. `address`: of a page fault.
_Noreturn void panic_trap(const struct trap_frame *frame, uint64_t address);
/// Called by panic before the machine ends, to write the exit record; set once at start.
void panic_set_record(void (*record)(const char *reason));

/// Whether the kernel is at its end: what reports it must not count on much.
bool panic_has_begun(void);
