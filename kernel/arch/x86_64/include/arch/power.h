// Ways to end and to reset a machine that are the architecture's own: ports of a PC. What ACPI describes in memory is
// in dev/power.c, and so is when each of them is used. An architecture without ports has none of them.
#pragma once

#include <stdbool.h>
#include <stdint.h>

/// Ends a machine that has a device which takes an exit code from it (QEMU's isa-debug-exit). Comes back without one.
void power_exit_with_code(uint8_t code);
/// Resets it by what the chip set has. Comes back where that does nothing.
void power_reset_chipset(void);
/// Writes a register that ACPI has put at a port.
void power_write_port(uint64_t port, uint8_t value);

/// The fixed hardware of ACPI (ACPI 6.4, 4.8.3), as the FADT gives it: ports, 0 for what is not there.
struct power_ports {
    uint16_t event, enable, control; // PM1 status, enable and control
    uint16_t command; // of firmware
    uint8_t acpi_enable; // what turns ACPI on there
};
/// Sleeps with `type`. Comes back where there is no such register.
void power_sleep_by_ports(const struct power_ports *ports, unsigned type);
/// Turns the power button on. False without the registers for it.
bool power_listen_at_ports(const struct power_ports *ports);
/// From the interrupt: whether the button was pressed since the last time.
bool power_was_pressed(const struct power_ports *ports);
