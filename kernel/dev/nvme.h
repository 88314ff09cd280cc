// NVMe disks.
#pragma once

/// Takes all NVMe controllers on the PCI buses, and announces their namespaces.
void nvme_find(void);
