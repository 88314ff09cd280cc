// Virtio devices whose registers simply lie in memory (VIRTIO 1.1, 4.2).
#pragma once

/// Looks where ACPI's definitions and the command line (`virtio_mmio.device=SIZE@BASE:LINE`) say there are some.
void virtio_mmio_find(void);
