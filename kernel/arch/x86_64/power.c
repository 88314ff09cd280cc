// The end of a PC by its ports: ACPI's fixed hardware (PM1 registers), QEMU's isa-debug-exit, the chip set's reset.
#include "arch/power.h"

#include "arch/x86_64/insn.h"

/// isa-debug-exit, where the engine puts it. A port that nobody answers reads as ones.
enum { DEBUG_EXIT = 0x501, NOBODY = 0xff };
enum { PM1_SLEEP_ENABLE = 1 << 13, PM1_SLEEP_TYPE = 10, PM1_SCI_ENABLED = 1, PM1_POWER_BUTTON = 1 << 8 };
/// The chip set's port, and the keyboard controller.
enum { RESET_PORT = 0xcf9, RESET_NOW = 6, KEYBOARD = 0x64, KEYBOARD_RESET = 0xfe };

void power_exit_with_code(uint8_t code) {
    if (inb(DEBUG_EXIT) != NOBODY) {
        outb(DEBUG_EXIT, code);
    }
}

void power_reset_chipset(void) {
    outb(RESET_PORT, RESET_NOW);
    outb(KEYBOARD, KEYBOARD_RESET);
}

void power_write_port(uint64_t port, uint8_t value) { outb((uint16_t)port, value); }

void power_sleep_by_ports(const struct power_ports *ports, unsigned type) {
    uint16_t port = ports->control;
    if (port != 0) {
        outw(port, (uint16_t)((inw(port) & PM1_SCI_ENABLED) | type << PM1_SLEEP_TYPE | PM1_SLEEP_ENABLE));
    }
}

bool power_listen_at_ports(const struct power_ports *ports) {
    if (ports->event == 0 || ports->control == 0) {
        return false;
    }
    if ((inw(ports->control) & PM1_SCI_ENABLED) == 0 && ports->command != 0) {
        outb(ports->command, ports->acpi_enable);
    }
    outw(ports->event, PM1_POWER_BUTTON);
    outw(ports->enable, PM1_POWER_BUTTON);
    return true;
}

bool power_was_pressed(const struct power_ports *ports) {
    if ((inw(ports->event) & PM1_POWER_BUTTON) == 0) {
        return false;
    }
    outw(ports->event, PM1_POWER_BUTTON); // writing a one clears it
    return true;
}
