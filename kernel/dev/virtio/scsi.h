// Virtio SCSI adapters.
#pragma once

/// Takes all virtio SCSI adapters that were found, and announces their disks.
void virtio_scsi_find(void);
