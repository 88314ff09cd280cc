// Milestones, one JSON line each, for the host port `events`.
#pragma once

/// Writes {"event":"NAME","t":nanoseconds since the kernel's entry}, with `more` (such as `,"path":"/x"`) before the
/// brace.
void event(const char *name, const char *more);
/// Waits until the host has all of them.
void events_drain(void);
