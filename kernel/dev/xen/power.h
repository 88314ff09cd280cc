// The end of a machine on Xen, and its host's wish for it.
#pragma once

/// Ends and resets of the machine are calls of Xen from now on.
void xen_power_start(void);
