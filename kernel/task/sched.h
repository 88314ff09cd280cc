// The scheduler's start, and what runs when nothing else does.
#pragma once

/// Makes the code that runs now the idle thread. Interrupts stay off.
void sched_init(void);
/// Calls `flush` whenever the processor is about to wait: output that was held back to go out in one piece.
void sched_on_idle(void (*flush)(void));
/// The idle thread's life. Interrupts come on.
_Noreturn void sched_idle(void);
