// What the console needs of a virtio port, and the other way round.
#pragma once

#include "dev/console.h"

/// A console of another kind than a serial port.
struct console_backend {
    /// Queues bytes; sleeps for room.
    void (*write)(const void *bytes, size_t n);
    /// Takes what has come; 0 when there is nothing. It wakes console_input when there is something.
    size_t (*read)(void *to, size_t cap);
    /// Waits until the host has all output.
    void (*drain)(void);
    /// Writes without sleeping and waits, for a bounded time, until the host has it.
    void (*panic_write)(const void *bytes, size_t n);
};
/// From now on that is the console.
void console_use(const struct console_backend *backend);
/// From now on milestones go there; not in a panic, which may have come from there.
void host_notes_use(void (*note)(const char *kind, const char *json));
/// From now on `console` is the console.
void console_use_port(struct host_port *console);
/// Lets input come in.
void console_listen(void);

/// Writes without sleeping and waits, for a bounded time, until the host has it; what it does not take is lost.
void host_port_panic_write(struct host_port *port, const void *bytes, size_t n);
