// Faults of the program: bringing pages in, and where that can't be done, the report between `--- crash ---` and
// `--- end ---`: one `key: value` a line, then one `#n frame` a line.

#include "proc/crash.h"
#include "arch/cpu.h"
#include "arch/exception.h"
#include "arch/user.h"
#include "dev/console.h"
#include "lib/format.h"
#include "lib/string.h"
#include "proc/fault.h"
#include "proc/outcome.h"
#include "proc/process.h"
#include "proc/symbols.h"

enum { LINE = 640, FRAMES_MOST = 32, FRAME_MOST = 65536 };

static const char *const fault_words[] = {
    [FAULT_RESOLVED] = "resolved",
    [FAULT_UNMAPPED] = "nothing is mapped there",
    [FAULT_FORBIDDEN] = "the memory there does not allow it",
    [FAULT_BEYOND] = "it lies behind the end of the mapped file",
    [FAULT_NO_MEMORY] = "the machine is out of memory",
};

/// What the last page fault of the program came to; its exception follows at once.
static enum space_fault last_fault;
static unsigned last_access;

static void line(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void line(const char *format, ...) {
    char text[LINE];
    va_list arguments;
    va_start(arguments, format);
    int n = format_text_v(text, sizeof text - 1, format, arguments);
    va_end(arguments);
    if (n > (int)sizeof text - 2) n = (int)sizeof text - 2;
    text[n] = '\n';
    console_write(text, (size_t)n + 1);
}

bool crash_page_fault(struct trap_frame *frame, uint64_t address, unsigned access) {
    last_fault = space_resolve(address, access);
    last_access = access;
    if (last_fault == FAULT_NO_MEMORY && trap_from_user(frame)) {
        console_report("the machine is out of memory: the program is ended");
        outcome_by_signal(SIGNAL_KILL, "out of memory");
    }
    return last_fault == FAULT_RESOLVED;
}

static const char *access_words(void) {
    return last_access & FAULT_WRITE ? "write" : last_access & FAULT_EXEC ? "execute" : "read";
}

static void registers(const struct trap_frame *f) {
    char where[192];
    symbols_describe(frame_place(f), where, sizeof where);
    line(FRAME_PLACE ": %s", where);
    struct frame_register list[FRAME_REGISTERS];
    unsigned count = frame_registers(f, list);
    for (unsigned i = 0; i < count; i++) line("%s: 0x%016llx", list[i].name, (unsigned long long)list[i].value);
}

/// Whether an address lies in memory that may be executed.
static bool is_code(uint64_t address) {
    const struct area *area = areas_find(&space.areas, address);
    return area && (area->prot & PROT_EXEC);
}

static void frame_line(unsigned n, uint64_t address) {
    char where[192];
    symbols_describe(address, where, sizeof where);
    line("#%u %s", n, where);
}

/// Follows frame pointers. A jump to nowhere and a function that has made no frame (compilers leave it out of those
/// that call nobody) have their caller at the top of the stack.
static void backtrace(const struct trap_frame *f) {
    uint64_t place = frame_place(f), frame = frame_chain(f), words[2], top;
    unsigned n = 0;
    frame_line(n++, place);
    bool on_top = frame_return_place(f, &top) && is_code(top);
    if (on_top && (!is_code(place) || frame_is_called_from(place, top))) frame_line(n++, top - 1);
    while (n < FRAMES_MOST && frame >= frame_stack(f) && frame % 8 == 0 &&
           copy_from_user(words, frame, sizeof words) == 0) {
        if (!is_code(words[1])) break;
        frame_line(n++, words[1] - 1);
        if (words[0] <= frame) break;
        frame = words[0];
    }
}

static void begin(int signal) {
    line("--- crash ---");
    line("signal: %s (%d)", signal_name(signal), signal);
}

static _Noreturn void end(int signal, const char *reason, const struct trap_frame *frame) {
    const struct task *task = task_current();
    if (task) line("thread: %u %s", task->id, task->name);
    if (frame) {
        registers(frame);
        backtrace(frame);
    }
    line("--- end ---");
    outcome_by_signal(signal, reason);
}

void crash_by_signal(int signal, const char *reason, const struct trap_frame *frame) {
    begin(signal);
    if (reason) line("cause: %s", reason);
    end(signal, reason, frame);
}

/// The result of the page fault, in words. A thread's stack ends where its C library has mapped memory without access.
static const char *fault_cause(const struct trap_frame *frame, uint64_t address) {
    const struct area *area = areas_find(&space.areas, address);
    bool is_guard = area && ((area->flags & AREA_GUARD) || area->prot == 0);
    bool is_stack = address + FRAME_MOST > frame_stack(frame) && address < frame_stack(frame) + FRAME_MOST;
    return is_guard && is_stack ? "the stack has overflowed" : fault_words[last_fault];
}

void crash_exception(struct trap_frame *frame, unsigned vector, uint64_t address) {
    struct signal_info info = fault_signal(frame, vector, address, last_fault);
    char mapping[160], reason[240];
    if (signal_fault(&info, vector, frame_error(frame), address)) return;
    task_stop_others();
    if (exception_kind(vector) != EXCEPTION_PAGE_FAULT) crash_by_signal(info.number, exception_words(vector), frame);
    begin(info.number);
    symbols_describe_mapping(address, mapping, sizeof mapping);
    line("address: 0x%llx", (unsigned long long)address);
    line("access: %s", access_words());
    line("cause: %s", fault_cause(frame, address));
    line("mapping: %s", mapping);
    format_text(reason, sizeof reason, "%s of address 0x%llx: %s", access_words(), (unsigned long long)address,
                fault_cause(frame, address));
    end(info.number, reason, frame);
}
