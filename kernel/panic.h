// The kernel's own end: a report on serial port and console, the crash record, code 125.
#pragma once

_Noreturn void panic(const char *format, ...) __attribute__((format(printf, 1, 2)));
/// Called by panic before the machine ends, to write the exit record; set once at start.
void panic_set_record(void (*record)(const char *reason));
