// Virtio devices on PCI that have only the interface from before VIRTIO 1.0, as Google Cloud's do.
#pragma once

#include "dev/pci.h"
#include "dev/virtio/virtio.h"

/// Makes `dev` one of them, with its interrupt. False: it has no such interface.
bool virtio_pci_legacy_take(struct virtio_device *dev, pci_address at);
