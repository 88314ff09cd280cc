// The first serial port (16550 at 0x3f8).
#pragma once

#include "arch/irq.h"
#include <stdbool.h>
#include <stddef.h>

/// Sets the port up if there is one. Safe before anything else works.
void serial_init(void);
bool serial_is_there(void);
/// Which of the old interrupt lines is the port's.
enum { SERIAL_ISA_LINE = 4 };
/// Lets the port interrupt by `line` when bytes come in; `received` runs in the interrupt.
void serial_listen(struct irq_line line, void (*received)(unsigned char byte));
/// Waits for the port at each byte.
void serial_write(const void *bytes, size_t n);
/// Waits until the last byte has left.
void serial_drain(void);
