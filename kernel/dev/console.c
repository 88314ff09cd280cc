// The console: where bytes for the host go, and where those from it come in. The serial port until there is a virtio
// console or Xen's, then that alone; both are listened to.
#include "dev/console.h"

#include "arch/clock.h"
#include "arch/cpu.h"
#include "arch/serial.h"
#include "dev/acpi.h"
#include "dev/console_backend.h"
#include "dev/console_panic.h"
#include "lib/format.h"
#include "lib/json_escape.h"
#include "lib/panic.h"
#include "lib/string.h"
#include <stdbool.h>

enum { SERIAL_INPUT_CAP = 256, LOG_LINE_CAP = 512, REMARKS_MOST = 64 };

struct wait_queue console_input = {.waiters = {&console_input.waiters, &console_input.waiters}};

static struct host_port *port; // the virtio console, once it is ready
static const struct console_backend *backend; // another one than the serial port; null: there is none

/// What came over the serial port and nobody has read yet; what comes when it is full is lost.
static unsigned char serial_input[SERIAL_INPUT_CAP];
static unsigned serial_head, serial_tail;

static void serial_received(unsigned char byte) {
    if (serial_head - serial_tail < SERIAL_INPUT_CAP) {
        serial_input[serial_head++ % SERIAL_INPUT_CAP] = byte;
        wake_all(&console_input);
    }
}

void console_listen(void) { serial_listen(acpi_isa_line(SERIAL_ISA_LINE), serial_received); }

void console_use_port(struct host_port *console) {
    serial_drain();
    port = console;
}

void console_use(const struct console_backend *console) { backend = console; }

void console_write(const void *bytes, size_t n) {
    if (port != NULL) {
        host_port_write(port, bytes, n);
    } else if (backend != NULL) {
        backend->write(bytes, n);
    } else {
        serial_write(bytes, n);
    }
}

size_t console_read(void *to, size_t cap) {
    bool on = interrupts_disable();
    size_t n = 0;
    while (n < cap && serial_tail != serial_head) {
        ((unsigned char *)to)[n++] = serial_input[serial_tail++ % SERIAL_INPUT_CAP];
    }
    interrupts_restore(on);
    if (n == 0 && port != NULL) {
        n = host_port_read(port, to, cap);
    }
    if (n == 0 && backend != NULL) {
        n = backend->read(to, cap);
    }
    return n;
}

void console_drain(void) {
    if (port != NULL) {
        host_port_drain(port);
    } else if (backend != NULL) {
        backend->drain();
    } else {
        serial_drain();
    }
}

static void write_line(const char *text) {
    char line[LOG_LINE_CAP + 8];
    console_write(line, (size_t)format_text(line, sizeof line, "pith: %s\n", text));
}

/// Whether a remark is made for the first time. Nothing is new once there were very many.
static bool is_news(const char *text) {
    static uint64_t made[REMARKS_MOST];
    static unsigned count;
    uint64_t hash = 0xcbf29ce484222325;
    for (const char *c = text; *c; c++) hash = (hash ^ (unsigned char)*c) * 0x100000001b3;
    bool on = interrupts_disable(), is_new = count < REMARKS_MOST;
    for (unsigned i = 0; i < count; i++) is_new = is_new && made[i] != hash;
    if (is_new) made[count++] = hash;
    interrupts_restore(on);
    return is_new;
}

/// {"event":"remark","t":nanoseconds since the kernel's entry,"text":TEXT}
static void write_event(struct host_port *events, const char *text) {
    char quoted[2 * LOG_LINE_CAP], line[2 * LOG_LINE_CAP + 64];
    json_escape(quoted, sizeof quoted, text);
    int n = format_text(line, sizeof line, "{\"event\":\"remark\",\"t\":%llu,\"text\":\"%s\"}\n",
                        (unsigned long long)clock_ns(), quoted);
    host_port_write(events, line, (size_t)n);
}

void klog(const char *format, ...) {
    char text[LOG_LINE_CAP];
    va_list arguments;
    va_start(arguments, format);
    format_text_v(text, sizeof text, format, arguments);
    va_end(arguments);
    if (!is_news(text)) return;
    struct host_port *events = host_port_find("events");
    if (events) write_event(events, text);
    else write_line(text);
}

void console_report(const char *format, ...) {
    char text[LOG_LINE_CAP];
    va_list arguments;
    va_start(arguments, format);
    format_text_v(text, sizeof text, format, arguments);
    va_end(arguments);
    write_line(text);
}

static void (*take_note)(const char *kind, const char *json);

void host_notes_use(void (*note)(const char *kind, const char *json)) { take_note = note; }

void host_note(const char *kind, const char *json) {
    if (take_note != NULL && !panic_has_begun()) {
        take_note(kind, json);
    }
}

void console_panic_write(const void *bytes, size_t n) {
    if (port != NULL) {
        host_port_panic_write(port, bytes, n);
    } else if (backend != NULL) {
        backend->panic_write(bytes, n);
    }
}

void console_panic_drain(void) {
    if (port != NULL) {
        host_port_panic_write(port, NULL, 0);
    } else if (backend != NULL) {
        backend->panic_write(NULL, 0);
    }
}
