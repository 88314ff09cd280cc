// What the manifest asks to be told when the program ends: how often each system call was made (syscall_summary), and
// which files it did not find (missing_files).

#include "sys/report.h"
#include "dev/console.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/heap.h"
#include "sys/syscall.h"
#include "proc/outcome.h"
#include "proc/process.h"

enum { MISSING_MOST = 256 };

struct count {
    uint32_t calls, errors;
};

static struct count *counts; // of each number; null: nobody asked
static char **missing; // paths, each once; null: nobody asked
static unsigned missing_count;

void report_call(uint64_t number, long result) {
    if (!counts || number >= SYSCALL_COUNT) return;
    counts[number].calls++;
    counts[number].errors += result < 0 && result >= -4095;
}

void report_open(const char *path, long result) {
    if (!missing || result != -ENOENT || missing_count == MISSING_MOST) return;
    for (unsigned i = 0; i < missing_count; i++) {
        if (strcmp(missing[i], path) == 0) return;
    }
    size_t length = strlen(path);
    char *copy = kmalloc(length + 1);
    if (!copy) return;
    memcpy(copy, path, length + 1);
    missing[missing_count++] = copy;
}

/// The most frequent call that was not shown yet, which it is then.
static uint64_t most_frequent(void) {
    uint64_t most = SYSCALL_COUNT;
    for (uint64_t n = 0; n < SYSCALL_COUNT; n++) {
        if (counts[n].calls > 0 && (most == SYSCALL_COUNT || counts[n].calls > counts[most].calls)) most = n;
    }
    return most;
}

static void tell(void) {
    for (unsigned i = 0; i < missing_count; i++) console_report("not found: %s", missing[i]);
    if (!counts) return;
    console_report("   calls  errors  system call");
    for (uint64_t n; (n = most_frequent()) != SYSCALL_COUNT; counts[n].calls = 0) {
        const char *name = syscall_table[n].name;
        console_report("%8u %7u  %s", counts[n].calls, counts[n].errors, name ? name : "?");
    }
}

void report_begin(bool summary, bool missing_files) {
    if (summary) counts = kzalloc(SYSCALL_COUNT * sizeof *counts);
    if (missing_files) missing = kzalloc(MISSING_MOST * sizeof *missing);
    if (counts || missing) outcome_before_end(tell);
}
