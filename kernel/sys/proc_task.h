// /proc/self/task and /proc/self/comm.
#pragma once

struct inode;

/// Adds them to /proc/self.
void proc_task_add(struct inode *self);
