// The end: the exit record, to the events port and onto the disk, and then the power goes off.
#pragma once

#include "dev/block.h"
#include <stdbool.h>
#include <stdint.h>

enum { OUTCOME_CANNOT_START = 127, OUTCOME_KERNEL = 125 };

/// Where the crash log is: 4096 bytes from `sector` on. Without it the record goes to the port alone.
void outcome_set_disk(struct block_device *disk, uint64_t sector);
/// What is called before the end is recorded, while the console still writes.
void outcome_before_end(void (*tell)(void));
/// Exit codes by what follows from them: numbers, `!` and a number (any other), or `*`. Null-terminated lists that
/// stay; null is an empty one.
struct outcome_rules {
    const char *const *expected; // these count as 0; any other text says nothing
    const char *const *reboot; // the machine restarts; any other text means: where the code is not 0
    const char *const *idle; // the machine stays up until it is switched off; any other text means: where it is 0
};
void outcome_set_rules(const struct outcome_rules *rules);
/// Whether the program has ended and the machine stays up.
bool outcome_is_idle(void);
/// Ends a machine that stayed up.
_Noreturn void outcome_end_idle(void);
/// The program exits with a code.
_Noreturn void outcome_by_exit(uint8_t code);
/// A signal ends the program: code 128 + number. `reason` may be null.
_Noreturn void outcome_by_signal(int number, const char *reason);
/// The program could not be started: says so on the console ("cannot start …"), code 127.
_Noreturn void outcome_cannot_start(const char *format, ...) __attribute__((format(printf, 1, 2)));
/// For panic: writes the record of the kernel's own end.
void outcome_record_panic(const char *reason);
