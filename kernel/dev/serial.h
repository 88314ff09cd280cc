// The first serial port (16550 at 0x3f8).
#pragma once

#include <stdbool.h>
#include <stddef.h>

/// Sets the port up if there is one. Safe before anything else works.
void serial_init(void);
/// Lets the port interrupt when bytes come in; `received` runs in the interrupt.
void serial_listen(void (*received)(unsigned char byte));
/// Waits for the port at each byte.
void serial_write(const void *bytes, size_t n);
/// Waits until the last byte has left.
void serial_drain(void);
