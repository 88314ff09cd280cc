// Xen: whether this machine runs on it, and its devices.
#pragma once

#include <stdbool.h>

/// Looks for Xen. If it is there: its clock, its console, and its ways to end. Before clock_init; needs memory.
void xen_init(void);
/// With interrupts to be had: xenstore, and the disks. (Network cards are looked for by who uses them.)
void xen_devices_find(void);
bool xen_is_there(void);
