// The processor on the host: there are no interrupts to mask.
#pragma once

#include <stdbool.h>
#include <stdint.h>

static inline bool interrupts_disable(void) { return true; }
static inline void interrupts_restore(bool were_on) { (void)were_on; }
