// Single instructions on the host, for drivers that are tried with a device of the test's own: where the processor
// waits, and where what it has written becomes visible, the device may take its next step; where it waits, time passes.
#pragma once

void machine_moment(void);
void machine_barrier(void);
void machine_relax(void);

static inline void cpu_relax(void) { machine_relax(); }
static inline void compiler_barrier(void) { machine_moment(); }
static inline void memory_barrier(void) { machine_barrier(); }
