// Virtio devices on PCI (VIRTIO 1.1, 4.1).
#pragma once

/// Looks for virtio devices on all buses.
void virtio_pci_find(void);
