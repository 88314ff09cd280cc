// Signals: their names, what they do by default, what the program wants done with them.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
    SIGNAL_HUP = 1, SIGNAL_INT, SIGNAL_QUIT, SIGNAL_ILL, SIGNAL_TRAP, SIGNAL_ABRT, SIGNAL_BUS, SIGNAL_FPE, SIGNAL_KILL,
    SIGNAL_USR1, SIGNAL_SEGV, SIGNAL_USR2, SIGNAL_PIPE, SIGNAL_ALRM, SIGNAL_TERM, SIGNAL_STKFLT, SIGNAL_CHLD, SIGNAL_CONT,
    SIGNAL_STOP, SIGNAL_TSTP, SIGNAL_TTIN, SIGNAL_TTOU, SIGNAL_URG, SIGNAL_XCPU, SIGNAL_XFSZ, SIGNAL_VTALRM, SIGNAL_PROF,
    SIGNAL_WINCH, SIGNAL_IO, SIGNAL_PWR, SIGNAL_SYS, SIGNAL_LAST = 64,
};

#define SIGNAL_DEFAULT 0ull
#define SIGNAL_IGNORE 1ull

/// As the kernel's struct sigaction.
struct signal_action {
    uint64_t handler, flags, restorer, mask;
};

enum { SIGNAL_STACK_DISABLED = 2 };

/// As stack_t.
struct signal_stack {
    uint64_t address;
    int32_t flags, padding;
    uint64_t size;
};

/// "SIGSEGV"; for real-time signals "SIG34" and so on.
const char *signal_name(int number);
/// Whether the default action ends the program.
bool signal_ends_by_default(int number);
/// Whether it then leaves a report, as one that dumps core on Linux.
bool signal_reports_by_default(int number);
/// Sends a signal to the program. `reason` says why, should it end the program. Does not return then.
void signal_send(int number, const char *reason);
