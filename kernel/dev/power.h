// The end of the machine, and the button that asks for it.
#pragma once

#include <stdint.h>

/// Ends the machine: isa-debug-exit with `code` where present, else ACPI S5. Everything was drained before.
_Noreturn void power_off(uint8_t code);
/// Restarts, as after power on. Everything was drained before.
_Noreturn void power_reset(void);
/// Ends it after a failure of the kernel itself: where the host tells failures apart from ends, as a failure.
_Noreturn void power_crash(uint8_t code);
/// Calls `pressed` from a thread when the ACPI power button is pressed, or the host asks for the same in another way.
void power_on_button(void (*pressed)(void));

enum power_end { POWER_OFF, POWER_RESET, POWER_CRASH };

/// A machine that has its own ways of all that.
struct power_machine {
    /// Ends it, and does not come back. With interrupts off.
    void (*end)(enum power_end how);
    /// From now on `pressed` is called when the host asks for the end.
    void (*listen)(void (*pressed)(void));
};
void power_use(const struct power_machine *machine);
