// /proc/self.
#pragma once

#include "fs/inode.h"

/// Adds what belongs into /proc/self.
void proc_self_add(struct inode *self);
