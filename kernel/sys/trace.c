// One line a system call, to the host port `trace` if there is one, else to the console.

#include "arch/clock.h"
#include "dev/console.h"
#include "lib/bounded_line.h"
#include "lib/errno.h"
#include "lib/errno_name.h"
#include "lib/string.h"
#include "sys/syscall.h"
#include "proc/process.h"

enum { LINE = 400, STRING_SHOWN = 48, MOST_ERRNO = 4095 };

static void add_string(struct bounded_line *l, user_ptr_t from) {
    char text[STRING_SHOWN + 1];
    long length = from ? user_string(text, from, sizeof text) : 0;
    if (!from || (length < 0 && length != -ENAMETOOLONG)) {
        bounded_line_add(l, "0x%llx", (unsigned long long)from);
        return;
    }
    text[STRING_SHOWN] = '\0';
    bounded_line_add(l, "\"");
    for (const char *c = text; *c; c++) {
        if (*c == '"' || *c == '\\') bounded_line_add(l, "\\%c", *c);
        else if ((unsigned char)*c < 0x20 || *c == 0x7f) bounded_line_add(l, "\\x%02x", (unsigned char)*c);
        else bounded_line_add(l, "%c", *c);
    }
    bounded_line_add(l, length < 0 ? "\"…" : "\"");
}

static void add_argument(struct bounded_line *l, char kind, uint64_t value) {
    switch (kind) {
    case 'f':
        if ((int32_t)value == AT_WORKING_DIRECTORY) bounded_line_add(l, "AT_FDCWD");
        else bounded_line_add(l, "%d", (int32_t)value);
        break;
    case 'd': bounded_line_add(l, "%lld", (long long)value); break;
    case 'z': bounded_line_add(l, "%llu", (unsigned long long)value); break;
    case 'o':
        bounded_line_add(l, "0%c%c%c", (int)('0' + (value >> 6 & 7)), (int)('0' + (value >> 3 & 7)),
                         (int)('0' + (value & 7)));
        break;
    case 's': add_string(l, value); break;
    case 'p':
        if (value == 0) bounded_line_add(l, "NULL");
        else bounded_line_add(l, "0x%llx", (unsigned long long)value);
        break;
    default: bounded_line_add(l, "0x%llx", (unsigned long long)value);
    }
}

/// Calls that are not shown, by number.
static uint64_t hidden[(SYSCALL_COUNT + 63) / 64];

static bool is_in(const char *const *list, const char *name) {
    for (size_t i = 0; list[i]; i++) {
        if (name && strcmp(list[i], name) == 0) return true;
    }
    return false;
}

void syscall_trace_choose(const char *const *only, const char *const *except) {
    for (unsigned n = 0; n < SYSCALL_COUNT; n++) {
        const char *name = syscall_table[n].name;
        if ((only[0] && !is_in(only, name)) || is_in(except, name)) hidden[n / 64] |= 1ull << (n % 64);
    }
}

void syscall_trace(const struct syscall *c, const struct syscall_entry *entry, long result) {
    if (c->number < SYSCALL_COUNT && (hidden[c->number / 64] >> (c->number % 64) & 1)) return;
    char line[LINE];
    struct bounded_line l = bounded_line_in(line, sizeof line);
    static struct host_port *port;
    if (!port) port = host_port_find("trace");
    const char *kinds = entry && entry->arguments ? entry->arguments : "xxxxxx";
    uint64_t now = clock_ns();
    bounded_line_add(&l, "%u %llu.%06llu ", task_current()->id, (unsigned long long)(now / 1000000000u),
                     (unsigned long long)(now % 1000000000u / 1000));
    if (entry && entry->name) bounded_line_add(&l, "%s(", entry->name);
    else bounded_line_add(&l, "syscall_%llu(", (unsigned long long)c->number);
    for (unsigned i = 0; i < 6 && kinds[i]; i++) {
        if (i > 0) bounded_line_add(&l, ", ");
        add_argument(&l, kinds[i], c->arg[i]);
    }
    const char *error = result < 0 && result >= -MOST_ERRNO ? errno_name((int)-result) : NULL;
    if (error) bounded_line_add(&l, ") = -1 %s", error);
    else if (result < 0 || result > 0xffffffffl) bounded_line_add(&l, ") = 0x%llx", (unsigned long long)result);
    else bounded_line_add(&l, ") = %ld", result);
    bounded_line_end(&l);
    if (port) host_port_write(port, l.bytes, l.length);
    else console_write(l.bytes, l.length);
}
