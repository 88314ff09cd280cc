// timerfd: a timer that can be read and waited for.
#pragma once

#include "fs/file.h"

/// `realtime`: absolute times are on the clock of the date. Null without memory.
struct file *timerfd_make(bool realtime, uint32_t flags);
bool timerfd_is(const struct file *file);
/// What is left, and the interval, in nanoseconds; 0 left: not set.
void timerfd_get(struct file *file, uint64_t *left_ns, uint64_t *interval_ns);
/// Sets it to go off at `first_ns` (`absolute`: of its clock, else from now), then every `interval_ns`; 0 stops it.
/// An absolute time of the date follows the date when that is set; with `cancel_on_set` a read then gives -ECANCELED.
void timerfd_set(struct file *file, uint64_t first_ns, uint64_t interval_ns, bool absolute, bool cancel_on_set);
