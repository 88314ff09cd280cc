// Xen's console: one page with a ring for each direction.
#pragma once

#include <stdbool.h>

/// From now on it is the console. False where Xen offers none. Works before anything can interrupt.
bool xen_console_start(void);
/// Lets its events wake who waits for room or for input.
void xen_console_listen(void);
