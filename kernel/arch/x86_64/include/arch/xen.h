// The way into Xen: whether it is there, and calls of it.
#pragma once

#include <stdbool.h>
#include <stdint.h>

/// Looks for Xen and makes calls of it possible; false without it. Needs memory.
bool xen_find(void);

/// Takes away the disks and network cards of a PC that Xen emulates beside its own, where it does: those are the same
/// ones, and both at once would be used against each other.
void xen_unplug(void);

/// Calls Xen. Structures that it reads or writes lie in the image or on a stack. 0 or more, or a negative errno.
long xen_hypercall(unsigned number, uint64_t first, uint64_t second, uint64_t third);

/// Has events of Xen interrupt this processor: `handler` runs with interrupts off. False where that cannot be had.
bool xen_deliver_events(void (*handler)(void *unused));
