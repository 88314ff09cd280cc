// Xen's disks.
#pragma once

/// Takes all disks that xenstore names, in the order of their numbers.
void xen_block_find(void);
