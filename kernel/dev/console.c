// The console: where bytes for the host go, and where those from it come in. The serial port until there is a virtio
// console, then that alone; both are listened to.
#include "dev/console.h"

#include "arch/cpu.h"
#include "dev/console_backend.h"
#include "dev/console_panic.h"
#include "dev/serial.h"
#include "lib/format.h"
#include "lib/string.h"
#include <stdbool.h>

enum { SERIAL_INPUT_CAP = 256, LOG_LINE_CAP = 512 };

struct wait_queue console_input = {.waiters = {&console_input.waiters, &console_input.waiters}};

static struct host_port *port; // the virtio console, once it is ready

/// What came over the serial port and nobody has read yet; what comes when it is full is lost.
static unsigned char serial_input[SERIAL_INPUT_CAP];
static unsigned serial_head, serial_tail;

static void serial_received(unsigned char byte) {
    if (serial_head - serial_tail < SERIAL_INPUT_CAP) {
        serial_input[serial_head++ % SERIAL_INPUT_CAP] = byte;
        wake_all(&console_input);
    }
}

void console_listen(void) { serial_listen(serial_received); }

void console_use_port(struct host_port *console) {
    serial_drain();
    port = console;
}

void console_write(const void *bytes, size_t n) {
    if (port != NULL) {
        host_port_write(port, bytes, n);
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
    return n;
}

void console_drain(void) {
    if (port != NULL) {
        host_port_drain(port);
    } else {
        serial_drain();
    }
}

void klog(const char *format, ...) {
    char line[LOG_LINE_CAP] = "pith: ";
    size_t start = strlen(line);
    va_list arguments;
    va_start(arguments, format);
    size_t length = start + (size_t)format_text_v(line + start, sizeof(line) - start - 1, format, arguments);
    va_end(arguments);
    if (length > sizeof(line) - 2) {
        length = sizeof(line) - 2;
    }
    line[length++] = '\n';
    console_write(line, length);
}

void console_panic_write(const void *bytes, size_t n) {
    if (port != NULL) {
        host_port_panic_write(port, bytes, n);
    }
}

void console_panic_drain(void) {
    if (port != NULL) {
        host_port_panic_write(port, NULL, 0);
    }
}
