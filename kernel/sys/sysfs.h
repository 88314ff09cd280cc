// /sys.
#pragma once

struct inode;

/// Its root. Null without memory.
struct inode *sysfs_filesystem(void);
