// What the machine has used so far, for a host that asks.
#pragma once

/// Answers on the host port `stats`, if there is one.
void stats_start(void);
