// Interrupts of devices: from a line or a message to a handler.
#pragma once

#include <stdbool.h>
#include <stdint.h>

/// Runs with interrupts off, on whatever thread was interrupted; must not sleep.
typedef void (*irq_handler)(void *argument);

/// The vectors above VECTOR_SPURIOUS are ignored: firmware, the old interrupt controllers or an error on the bus may
/// still raise them.
enum { VECTOR_TIMER = 32, VECTOR_FIRST_DEVICE = 33, VECTOR_SPURIOUS = 95, VECTOR_UNUSED_PIC = 0xf0 };

/// What a device writes where to raise an interrupt.
struct msi_message {
    uint64_t address;
    uint32_t data;
};

/// A fresh vector for message-signalled interrupts. 0, or -ENOSPC when all are taken.
int irq_attach_message(irq_handler handler, void *argument, struct msi_message *message);

/// A line by its global number, and how it tells.
struct irq_line {
    uint32_t number;
    bool level, active_low;
};

/// Announces the controller at physical address `pa` where lines enter, whose first has the global number
/// `first_line`.
void irq_add_controller(uint64_t pa, uint32_t first_line);
/// Lines may be shared: each handler runs and looks whether it was its own device.
/// 0, -ENOSPC, -ENOMEM, or -ENODEV if no controller has such a line.
int irq_attach_line(struct irq_line line, irq_handler handler, void *argument);

/// Called by the trap code for vectors from VECTOR_TIMER on.
void irq_dispatch(unsigned vector);

/// The handler of the processor's own timer.
void irq_set_timer(void (*handler)(void));
