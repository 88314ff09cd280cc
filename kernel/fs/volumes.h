// Data volumes: disks besides the root's that hold a TFS of their own.
#pragma once

#include "dev/block.h"

/// Mounts the volume of that name (label, UUID, or `%N`: the N-th disk besides the root's) at `place`, whose parent
/// must be there. Null, or a sentence that says why not.
const char *volume_mount(const struct block_device *root, const char *name, const char *place, bool readonly);
