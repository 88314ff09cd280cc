// The scheduler's start, and what runs when nothing else does.
#pragma once

/// Makes the code that runs now the idle thread. Interrupts stay off.
void sched_init(void);
/// The idle thread's life. Interrupts come on.
_Noreturn void sched_idle(void);
