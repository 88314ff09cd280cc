// Write-back: what the program has written reaches the disk by itself, a second later at most, or sooner when there is
// much of it.
#pragma once

#include "fs/inode.h"

/// Starts the thread that does it, for `filesystem`. 0 or -ENOMEM.
int writeback_start(struct filesystem *filesystem);
/// Something has changed that must reach the disk in a while.
void writeback_expect(void);
/// Waits while more is dirty than memory should hold. For writers, before they take any lock.
void writeback_throttle(void);
/// Writes one inode's dirty pages.
int writeback_inode(struct inode *inode);
/// Writes everything, and makes it safe. 0, or the first error.
int writeback_all(void);
