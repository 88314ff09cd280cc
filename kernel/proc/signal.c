// Signals: their names and what they do by default.

#include "proc/signal.h"
#include "lib/format.h"
#include <stddef.h>

const char *signal_name(int number) {
    static const char *const names[] = {
        "SIG0",      "SIGHUP",  "SIGINT",    "SIGQUIT", "SIGILL",   "SIGTRAP", "SIGABRT", "SIGBUS",
        "SIGFPE",    "SIGKILL", "SIGUSR1",   "SIGSEGV", "SIGUSR2",  "SIGPIPE", "SIGALRM", "SIGTERM",
        "SIGSTKFLT", "SIGCHLD", "SIGCONT",   "SIGSTOP", "SIGTSTP",  "SIGTTIN", "SIGTTOU", "SIGURG",
        "SIGXCPU",   "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO",   "SIGPWR",  "SIGSYS"};
    static char other[8];
    if (number >= 0 && (size_t)number < sizeof names / sizeof *names) return names[number];
    format_text(other, sizeof other, "SIG%d", number);
    return other;
}

bool signal_ends_by_default(int number) {
    switch (number) {
    case SIGNAL_CHLD:
    case SIGNAL_CONT:
    case SIGNAL_URG:
    case SIGNAL_WINCH:
    // With one program there is nobody who could continue it: the stop signals do nothing.
    case SIGNAL_STOP:
    case SIGNAL_TSTP:
    case SIGNAL_TTIN:
    case SIGNAL_TTOU: return false;
    default: return true;
    }
}

bool signal_reports_by_default(int number) {
    switch (number) {
    case SIGNAL_QUIT:
    case SIGNAL_ILL:
    case SIGNAL_TRAP:
    case SIGNAL_ABRT:
    case SIGNAL_BUS:
    case SIGNAL_FPE:
    case SIGNAL_SEGV:
    case SIGNAL_XCPU:
    case SIGNAL_XFSZ:
    case SIGNAL_SYS: return true;
    default: return false;
    }
}
