// Counters and settings in /proc and /sys that monitors read.
#pragma once

#include "fs/inode.h"

/// What the program has read and written.
struct transfer_counters {
    uint64_t read_bytes, written_bytes, reads, writes;
};
extern struct transfer_counters transfer_counters;

/// Adds io of /proc/self, and diskstats, vmstat and the like of /proc.
void proc_counters_add(struct inode *root, struct inode *self);
/// Adds to folders of /proc/sys.
void proc_settings_add(struct inode *kernel, struct inode *vm, struct inode *net, struct inode *core);
/// Adds block, class and fs/cgroup to /sys.
void sysfs_devices_add(struct inode *root);
