// Virtio disks.
#pragma once

/// Takes all virtio disks that were found.
void virtio_blk_find(void);
