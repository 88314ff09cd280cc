// signalfd: signals that are read instead of delivered.
#pragma once

#include "fs/file.h"

/// For the signals in `wanted`. Null without memory.
struct file *signalfd_make(uint64_t wanted, uint32_t flags);
bool signalfd_is(const struct file *file);
/// Other signals from now on.
void signalfd_set(struct file *file, uint64_t wanted);
