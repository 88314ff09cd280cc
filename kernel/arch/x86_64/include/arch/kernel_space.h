// The kernel's dynamic addresses: stacks with a guard page below, device registers, firmware tables.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { KERNEL_STACK_SIZE = 16384 };

/// The lowest address of a new stack of KERNEL_STACK_SIZE bytes; null without memory. The page below it is never
/// mapped.
void *kernel_stack_alloc(void);
void kernel_stack_free(void *stack);
/// How many there are, with those that are kept for the next threads.
uint64_t kernel_stacks(void);
/// Whether `address` lies in the guard page of some stack.
bool kernel_stack_is_guard(uint64_t address);
