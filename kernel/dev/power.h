// The end of the machine, and the button that asks for it.
#pragma once

#include <stdint.h>

/// Ends the machine: isa-debug-exit with `code` where present, else ACPI S5. Everything was drained before.
_Noreturn void power_off(uint8_t code);
/// Begins anew, as after power on. Everything was drained before.
_Noreturn void power_reset(void);
/// Calls `pressed` from a thread when the ACPI power button is pressed.
void power_on_button(void (*pressed)(void));
