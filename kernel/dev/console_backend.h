// What the console needs of a virtio port, and the other way round.
#pragma once

#include "dev/console.h"

/// From now on `console` is the console.
void console_use_port(struct host_port *console);
/// Lets input come in.
void console_listen(void);

/// Writes without sleeping and waits, for a bounded time, until the host has it; what it does not take is lost.
void host_port_panic_write(struct host_port *port, const void *bytes, size_t n);
