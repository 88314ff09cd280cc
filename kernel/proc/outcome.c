// The exit record: {"event":"exit","t":…,"code":…,"signal":…,"reason":…}, and its copy in the crash log of the disk,
// whose layout docs/formats.md has ("The crash log").

#include "proc/outcome.h"
#include "arch/insn.h"
#include "arch/clock.h"
#include "dev/console.h"
#include "dev/power.h"
#include "dev/random.h"
#include "fs/writeback.h"
#include "lib/format.h"
#include "lib/json_escape.h"
#include "lib/string.h"
#include "proc/events.h"
#include "proc/process.h"
#include "proc/signal.h"
#include "sched/thread.h"
#include "sched/thread_state.h"
#include "sched/wait.h"
#include <stdarg.h>
#include <stdbool.h>

enum { LOG_SIZE = 4096, LOG_HEADER = 16, REASON_LONGEST = 400 };

static struct block_device *log_disk;
static uint64_t log_sector;

void outcome_set_disk(struct block_device *disk, uint64_t sector) {
    log_disk = disk;
    log_sector = sector;
}

static void write_crash_log(int32_t code, const char *text) {
    static uint8_t log[LOG_SIZE];
    if (!log_disk || log_disk->readonly) return;
    uint64_t boot_id;
    random_fill(&boot_id, sizeof boot_id);
    memset(log, 0, sizeof log);
    memcpy(log, "KLOG", 4);
    memcpy(log + 4, &boot_id, sizeof boot_id);
    memcpy(log + 12, &code, sizeof code);
    memcpy(log + LOG_HEADER, text, strnlen(text, LOG_SIZE - LOG_HEADER - 1));
    if (block_write(log_disk, log_sector, LOG_SIZE / SECTOR_SIZE, log) == 0) block_flush(log_disk);
}

static void write_record(int code, const char *signal, const char *reason) {
    char more[REASON_LONGEST + 128], quoted[REASON_LONGEST], name[16], record[REASON_LONGEST + 192];
    json_escape(quoted, sizeof quoted, reason);
    format_text(name, sizeof name, signal ? "\"%s\"" : "null", signal);
    format_text(more, sizeof more, ",\"code\":%d,\"signal\":%s,\"reason\":\"%s\"", code, name, quoted);
    format_text(record, sizeof record, "{\"event\":\"exit\",\"t\":%llu%s}\n", (unsigned long long)clock_ns(), more);
    event("exit", more);
    write_crash_log(code, record);
    events_drain();
}

static void (*before_end)(void);
static struct outcome_rules rules;
static bool is_idle;
static uint8_t idle_code;

void outcome_before_end(void (*tell)(void)) { before_end = tell; }
void outcome_set_rules(const struct outcome_rules *given) { rules = *given; }
bool outcome_is_idle(void) { return is_idle; }
void outcome_end_idle(void) { power_off(idle_code); }

/// Whether a text of the manifest is about codes at all: a number, `!` and a number, or `*`.
static bool is_rule(const char *text) {
    if (strcmp(text, "*") == 0) return true;
    if (*text == '!') text++;
    bool is_number = *text != '\0';
    for (; *text; text++) is_number = is_number && *text >= '0' && *text <= '9';
    return is_number;
}

static bool means(const char *text, uint8_t code) {
    char number[4];
    if (strcmp(text, "*") == 0) return true;
    format_text(number, sizeof number, "%u", code);
    return *text == '!' ? strcmp(text + 1, number) != 0 : strcmp(text, number) == 0;
}

/// Whether a list has the code. `otherwise` is what a text means that is no rule.
static bool has(const char *const *list, uint8_t code, bool otherwise) {
    for (size_t i = 0; list && list[i]; i++) {
        if (is_rule(list[i]) ? means(list[i], code) : otherwise) return true;
    }
    return false;
}

static _Noreturn void stay_up(uint8_t code) {
    console_report("the program has ended with %u, and the machine stays up", code);
    console_drain();
    idle_code = code;
    is_idle = true;
    for (;;) {
        if (sched_can_sleep()) (void)sleep_until(WAIT_FOREVER);
        else cpu_relax();
    }
}

static _Noreturn void end(uint8_t code, const char *signal, const char *reason) {
    task_stop_others();
    // Where nobody can sleep the disk has what was synced before.
    if (sched_can_sleep() && writeback_all() != 0) klog("the disk could not take everything that was written");
    if (before_end) before_end();
    console_drain();
    write_record(code, signal, reason);
    if (has(rules.idle, code, code == 0)) stay_up(code);
    if (has(rules.reboot, code, code != 0)) power_reset();
    power_off(code);
}

void outcome_by_exit(uint8_t code) {
    if (has(rules.expected, code, false)) end(0, NULL, "exited, with a code that the manifest expects");
    end(code, NULL, "exited");
}

void outcome_by_signal(int number, const char *reason) {
    char by_default[48];
    format_text(by_default, sizeof by_default, "ended by %s", signal_name(number));
    end((uint8_t)(128 + number), signal_name(number), reason ? reason : by_default);
}

void outcome_cannot_start(const char *format, ...) {
    char why[REASON_LONGEST];
    va_list arguments;
    va_start(arguments, format);
    format_text_v(why, sizeof why, format, arguments);
    va_end(arguments);
    console_report("cannot start %s", why);
    // The next time it would be the same.
    rules = (struct outcome_rules){0};
    char reason[REASON_LONGEST];
    format_text(reason, sizeof reason, "cannot start %s", why);
    end(OUTCOME_CANNOT_START, NULL, reason);
}

void outcome_record_panic(const char *reason) { write_record(OUTCOME_KERNEL, NULL, reason); }
