// The program's end, and what it can't have: a second program.

#include "arch/cpu.h"
#include "dev/console.h"
#include "lib/errno.h"
#include "sys/calls.h"
#include "proc/outcome.h"
#include "proc/symbols.h"

long sys_exit_group(const struct syscall *c) { outcome_by_exit((uint8_t)c->arg[0]); }

/// fork, vfork, execve and their like: refused, with a line that says who asked and why.
static long refuse(const struct syscall *c, const char *what) {
    char where[128];
    symbols_describe(frame_place(c->frame), where, sizeof where);
    klog("the program called %s at %s: there is one program per unikernel", what, where);
    return -ENOSYS;
}

long sys_fork(const struct syscall *c) { return refuse(c, "fork"); }
long sys_vfork(const struct syscall *c) { return refuse(c, "vfork"); }
long sys_execve(const struct syscall *c) { return refuse(c, "execve"); }
