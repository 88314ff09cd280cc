// The first serial port (16550 at 0x3f8), polled for output: it carries a few lines until the virtio console is ready.
#include "arch/serial.h"

#include "arch/irq.h"
#include "arch/x86_64/insn.h"
#include <stdint.h>

enum uart {
    UART_DATA = 0x3f8,
    UART_INTERRUPTS = 0x3f9,
    UART_FIFO = 0x3fa,
    UART_LINE_CONTROL = 0x3fb,
    UART_MODEM_CONTROL = 0x3fc,
    UART_LINE_STATUS = 0x3fd,
    UART_SCRATCH = 0x3ff,
};
enum { STATUS_RECEIVED = 1, STATUS_ROOM = 0x20, STATUS_IDLE = 0x40, FIFO_SIZE = 16 };
/// A port that never has room (a broken emulation) must not stop the kernel.
enum { PATIENCE = 1000000 };

static bool present;
static void (*receive)(unsigned char byte);

void serial_init(void) {
    outb(UART_SCRATCH, 0x5a);
    if (inb(UART_SCRATCH) != 0x5a) {
        return;
    }
    present = true;
    outb(UART_INTERRUPTS, 0);
    outb(UART_LINE_CONTROL, 0x80); // the divisor's registers appear
    outb(UART_DATA, 1); // 115200 baud
    outb(UART_INTERRUPTS, 0);
    outb(UART_LINE_CONTROL, 0x03); // 8 bits, no parity, 1 stop bit
    outb(UART_FIFO, 0x07); // FIFOs on and empty
    outb(UART_MODEM_CONTROL, 0x0b);
}

bool serial_is_there(void) { return present; }

static void wait_for(uint8_t status) {
    for (int i = 0; i < PATIENCE && (inb(UART_LINE_STATUS) & status) == 0; i++) {
        cpu_relax();
    }
}

void serial_write(const void *bytes, size_t n) {
    const unsigned char *b = bytes;
    for (size_t i = 0; present && i < n; i++) {
        if (i % FIFO_SIZE == 0) {
            wait_for(STATUS_ROOM); // the whole FIFO is empty
        }
        outb(UART_DATA, b[i]);
    }
}

void serial_drain(void) {
    if (present) {
        wait_for(STATUS_IDLE);
    }
}

static void interrupted(void *unused) {
    (void)unused;
    for (int i = 0; i < PATIENCE && (inb(UART_LINE_STATUS) & STATUS_RECEIVED) != 0; i++) {
        receive(inb(UART_DATA));
    }
}

void serial_listen(struct irq_line line, void (*received)(unsigned char byte)) {
    receive = received;
    if (present && irq_attach_line(line, interrupted, NULL) == 0) {
        outb(UART_INTERRUPTS, 1);
    }
}
