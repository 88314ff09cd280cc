// The console for panic.c alone: it neither sleeps nor trusts that anything but the rings works.
#pragma once

#include <stddef.h>

void console_panic_write(const void *bytes, size_t n);
/// Waits a moment, not for ever.
void console_panic_drain(void);
