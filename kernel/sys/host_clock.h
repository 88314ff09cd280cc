// Keeping the date right while the machine runs.
#pragma once

/// Answers on the host port `clock`, if there is one, and compares the date with the real-time clock from time to time.
void host_clock_start(void);
