// The chain of calls that led to a place in the kernel.
#pragma once

#include <stdint.h>

/// Follows frame pointers from `chain`; fills `to` with return addresses, at most `cap`; how many there are.
unsigned backtrace(uint64_t chain, uint64_t *to, unsigned cap);

/// The kernel function that `address` lies in, and how far into it; null if it lies in none.
const char *kernel_symbol(uint64_t address, uint64_t *offset);
