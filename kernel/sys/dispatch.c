// From a trap frame to the function of a system call and back.

#include "arch/x86_64/cpu.h"
#include "dev/console.h"
#include "lib/errno.h"
#include "sys/syscall.h"
#include "task/process.h"
#include <stddef.h>

/// Says once for each call that it is not there.
static void name_missing(uint64_t number) {
    static uint64_t said[(SYSCALL_COUNT + 63) / 64 + 1];
    const char *name = number < SYSCALL_COUNT ? syscall_table[number].name : NULL;
    // All numbers beyond the table share the last bit.
    uint64_t bit = number < SYSCALL_COUNT ? number : SYSCALL_COUNT;
    if (name && syscall_table[number].optional) return;
    if (said[bit / 64] >> (bit % 64) & 1) return;
    said[bit / 64] |= 1ull << (bit % 64);
    if (name) klog("system call %llu (%s) is not there yet", (unsigned long long)number, name);
    else klog("system call %llu does not exist", (unsigned long long)number);
}

void syscall_dispatch_program(struct trap_frame *frame) {
    struct syscall c = {.number = frame->rax,
                        .arg = {frame->rdi, frame->rsi, frame->rdx, frame->r10, frame->r8, frame->r9},
                        .frame = frame};
    const struct syscall_entry *entry = c.number < SYSCALL_COUNT ? &syscall_table[c.number] : NULL;
    long result = -ENOSYS;
    task_current()->frame = frame;
    if (entry && entry->function) result = entry->function(&c);
    else name_missing(c.number);
    if (process.settings.trace) syscall_trace(&c, entry, result);
    frame->rax = (uint64_t)result;
}
