// /dev.
#pragma once

#include "fs/dentry.h"

/// The root of /dev, with a reference. Null without memory.
struct inode *devices_filesystem(void);
