// The kernel's own end: a report on serial port and console, the crash record, code 125.
//
// What fails while the report is made is reported too, by simpler means each time: everything, the serial port alone,
// none.
#include "lib/panic.h"

#include "arch/backtrace.h"
#include "arch/cpu.h"
#include "arch/percpu.h"
#include "arch/serial.h"
#include "dev/console_panic.h"
#include "dev/power.h"
#include "lib/format.h"
#include "sched/thread.h"
#include <stddef.h>

enum { EXIT_CODE = 125, LINE_CAP = 256, FRAMES = 16 };

static unsigned depth;
static void (*write_record)(const char *reason);
static char reason_text[LINE_CAP];

bool panic_has_begun(void) { return depth > 0; }

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

/// `place` is where it happened; 0: in the caller of what asks.
static void say_backtrace(uint64_t place, uint64_t chain) {
    uint64_t frames[FRAMES];
    char key[8];
    unsigned n = backtrace(chain, frames, FRAMES), depth_shown = 0;
    if (place != 0) {
        say_place("#0 ", place);
        depth_shown = 1;
    }
    for (unsigned i = 0; i < n; i++) {
        format_text(key, sizeof(key), "#%u ", depth_shown++);
        say_place(key, frames[i] - 1);
    }
}

static void say_registers(const struct trap_frame *f) {
    struct frame_register list[FRAME_REGISTERS];
    unsigned count = frame_registers(f, list);
    say_place(FRAME_PLACE ": ", frame_place(f));
    for (unsigned i = 0; i < count; i++) {
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
        char what[64];
        frame_describe(frame, what, sizeof(what));
        say("%s, address 0x%lx", what, address);
        say_registers(frame);
    }
    say_backtrace(frame != NULL ? frame_place(frame) : 0,
                  frame != NULL ? frame_chain(frame) : (uint64_t)__builtin_frame_address(0));
    say("--- end ---");
    if (depth == 1) {
        console_panic_drain();
        if (write_record != NULL) {
            write_record(reason);
        }
    }
    serial_drain();
    power_crash(EXIT_CODE);
}

/// Counts how deep we are in; the third panic says nothing any more.
static void enter(void) {
    (void)interrupts_disable();
    if (++depth > 2) {
        power_crash(EXIT_CODE);
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

void panic_trap(const struct trap_frame *frame, uint64_t address) {
    enter();
    end(frame_reason(frame, address), frame, address);
}
