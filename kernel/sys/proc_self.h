// /proc/self.
#pragma once

#include "fs/inode.h"

struct text;

/// Adds what belongs into /proc/self.
void proc_self_add(struct inode *self);
/// /proc/self/status and /proc/self/stat, also as those of one thread.
void proc_self_status(struct text *t, const char *name, uint32_t id);
void proc_self_stat(struct text *t, const char *name, uint32_t id);
