// The kernel's own end: a report on serial port and console, the crash record, code 125.
//
// What fails while the report is made is reported too, by simpler means each time: everything, the serial port alone,
// none.
#include "lib/panic.h"

#include "arch/backtrace.h"
#include "arch/cpu.h"
#include "arch/insn.h"
#include "arch/kernel_space.h"
#include "arch/percpu.h"
#include "dev/console_panic.h"
#include "dev/power.h"
#include "dev/serial.h"
#include "lib/format.h"
#include "sched/thread.h"
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

/// A place in the kernel, as crash reports of programs have them.
static void say_place(const char *key, uint64_t address) {
    uint64_t offset;
    const char *name = kernel_symbol(address, &offset);
    if (name != NULL) {
        say("%s%s + 0x%lx (0x%lx)", key, name, offset, address);
    } else {
        say("%s0x%lx", key, address);
    }
}

/// `rip` is where it happened; 0: in the caller of what asks.
static void say_backtrace(uint64_t rip, uint64_t rbp) {
    uint64_t frames[FRAMES];
    char key[8];
    unsigned n = backtrace(rbp, frames, FRAMES), depth_shown = 0;
    if (rip != 0) {
        say_place("#0 ", rip);
        depth_shown = 1;
    }
    for (unsigned i = 0; i < n; i++) {
        format_text(key, sizeof(key), "#%u ", depth_shown++);
        say_place(key, frames[i] - 1);
    }
}

static void say_registers(const struct trap_frame *f) {
    const struct {
        const char *name;
        uint64_t value;
    } list[] = {{"rsp", f->rsp}, {"rbp", f->rbp}, {"rax", f->rax},     {"rbx", f->rbx},      {"rcx", f->rcx},
                {"rdx", f->rdx}, {"rsi", f->rsi}, {"rdi", f->rdi},     {"r8", f->r8},        {"r9", f->r9},
                {"r10", f->r10}, {"r11", f->r11}, {"r12", f->r12},     {"r13", f->r13},      {"r14", f->r14},
                {"r15", f->r15}, {"cs", f->cs},   {"cr3", read_cr3()}, {"rflags", f->rflags}};
    say_place("rip: ", f->rip);
    for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++) {
        say("%s: 0x%016lx", list[i].name, list[i].value);
    }
}

/// `reason_text` is set, unless this is not the first.
static _Noreturn void end(const char *reason, const struct trap_frame *frame, uint64_t address) {
    const struct thread *current = this_cpu()->current;
    say("--- crash ---");
    say("kernel: %s", PITH_VERSION);
    say("cause: %s", reason);
    if (current != NULL) {
        say("thread: %u %s", thread_id(current), thread_name(current));
    }
    if (frame != NULL) {
        say("vector: %lu, error 0x%lx, address 0x%lx", frame->vector, frame->error, address);
        say_registers(frame);
    }
    say_backtrace(frame != NULL ? frame->rip : 0, frame != NULL ? frame->rbp : (uint64_t)__builtin_frame_address(0));
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
