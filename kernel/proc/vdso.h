// The vDSO: the clock that the program reads without a system call.
#pragma once

#include <stdint.h>

/// Maps it; its address for AT_SYSINFO_EHDR, or 0 without memory: programs do without, more slowly.
uint64_t vdso_map(void);
