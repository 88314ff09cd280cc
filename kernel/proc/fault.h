// Which signal stands for which exception of the processor, and what its handler is told.
#pragma once

#include "vm/space.h"
#include "proc/signal.h"

struct trap_frame;

/// The signal of an exception in the program. `fault`: for a page fault, why it could not be resolved.
struct signal_info fault_signal(const struct trap_frame *frame, unsigned vector, uint64_t address,
                                enum space_fault fault);
