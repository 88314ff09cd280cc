// The kernel's own end: a report on serial port and console, the crash record, code 125.
//
// What fails while the report is made is reported too, by simpler means each time: everything, the serial port alone, none.
#include "panic.h"

#include "arch/x86_64/backtrace.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/insn.h"
#include "arch/x86_64/kernel_space.h"
#include "arch/x86_64/percpu.h"
#include "dev/console_panic.h"
#include "dev/power.h"
#include "dev/serial.h"
#include "lib/format.h"
#include "task/thread.h"
#include <stddef.h>

enum { EXIT_CODE = 125, LINE_CAP = 256, FRAMES = 16, VECTOR_DOUBLE_FAULT = 8, VECTOR_PAGE_FAULT = 14, VECTOR_NMI = 2 };

static unsigned depth;
static void (*write_record)(const char *reason);
static char reason_text[LINE_CAP];

void panic_set_record(void (*record)(const char *reason)) { write_record = record; }

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *format, ...) {
    char line[LINE_CAP];
    va_list arguments;
    va_start(arguments, format);
    int length = format_text_v(line, sizeof(line) - 1, format, arguments);
    va_end(arguments);
    if (length > (int)sizeof(line) - 2) {
        length = sizeof(line) - 2;
    }
    line[length++] = '\n';
    serial_write(line, (size_t)length);
    if (depth == 1) {
        console_panic_write(line, (size_t)length);
    }
}

static void say_place(const char *key, uint64_t address) {
    uint64_t offset;
    const char *name = kernel_symbol(address, &offset);
    if (name != NULL) {
        say("%s: 0x%lx %s+0x%lx", key, address, name, offset);
    } else {
        say("%s: 0x%lx", key, address);
    }
}

static void say_backtrace(uint64_t rbp) {
    uint64_t frames[FRAMES];
    unsigned n = backtrace(rbp, frames, FRAMES);
    for (unsigned i = 0; i < n; i++) {
        say_place("called from", frames[i] - 1);
    }
}

static void say_registers(const struct trap_frame *f, uint64_t address) {
    say("vector: %lu error 0x%lx address 0x%lx", f->vector, f->error, address);
    say_place("rip", f->rip);
    say("registers: rax 0x%lx rbx 0x%lx rcx 0x%lx rdx 0x%lx rsi 0x%lx rdi 0x%lx rbp 0x%lx rsp 0x%lx", f->rax, f->rbx,
        f->rcx, f->rdx, f->rsi, f->rdi, f->rbp, f->rsp);
    say("registers: r8 0x%lx r9 0x%lx r10 0x%lx r11 0x%lx r12 0x%lx r13 0x%lx r14 0x%lx r15 0x%lx", f->r8, f->r9, f->r10,
        f->r11, f->r12, f->r13, f->r14, f->r15);
    say("flags: 0x%lx cs 0x%lx cr3 0x%lx", f->rflags, f->cs, read_cr3());
}

/// `reason_text` is set, unless this is not the first.
static _Noreturn void end(const char *reason, const struct trap_frame *frame, uint64_t address) {
    const struct thread *current = this_cpu()->current;
    say("--- crash ---");
    say("kernel: %s", reason);
    say("version: %s", PITH_VERSION);
    if (current != NULL) {
        say("thread: %u %s", thread_id(current), thread_name(current));
    }
    if (frame != NULL) {
        say_registers(frame, address);
    }
    say_backtrace(frame != NULL ? frame->rbp : (uint64_t)__builtin_frame_address(0));
    say("--- end ---");
    if (depth == 1) {
        console_panic_drain();
        if (write_record != NULL) {
            write_record(reason);
        }
    }
    serial_drain();
    power_off(EXIT_CODE);
}

/// Counts how deep we are in; the third panic says nothing any more.
static void enter(void) {
    (void)interrupts_disable();
    if (++depth > 2) {
        power_off(EXIT_CODE);
    }
}

void panic(const char *format, ...) {
    enter();
    char again[LINE_CAP];
    char *reason = depth == 1 ? reason_text : again;
    va_list arguments;
    va_start(arguments, format);
    format_text_v(reason, LINE_CAP, format, arguments);
    va_end(arguments);
    end(reason, NULL, 0);
}

static const char *reason_of(const struct trap_frame *frame, uint64_t address) {
    if (frame->vector == VECTOR_DOUBLE_FAULT && kernel_stack_is_guard(address)) {
        return "a kernel stack ran over";
    }
    if (frame->vector == VECTOR_DOUBLE_FAULT) {
        return "double fault";
    }
    if (frame->vector == VECTOR_NMI) {
        return "non-maskable interrupt";
    }
    if (frame->vector == VECTOR_PAGE_FAULT) {
        return "page fault in the kernel";
    }
    return "exception in the kernel";
}

void panic_trap(const struct trap_frame *frame, uint64_t address) {
    enter();
    end(reason_of(frame, address), frame, address);
}
