// eventfd: a counter that can be waited for.
#pragma once

#include "fs/file.h"

/// `semaphore`: each read takes one. Null without memory.
struct file *eventfd_make(uint64_t count, bool semaphore, uint32_t flags);
