// /proc/self/maps and smaps.
#pragma once

#include "fs/virtual.h"

void proc_mappings_add(struct inode *self);
