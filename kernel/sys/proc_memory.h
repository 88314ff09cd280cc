// /proc/meminfo and /proc/slabinfo: where the memory is.
#pragma once

#include "fs/virtual.h"

void proc_memory_add(struct inode *root);
