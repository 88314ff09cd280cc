// Hooks of the trap code for the layers above that are not about the program.
#pragma once

/// Called before the return to the program when percpu.need_resched is set, with interrupts on.
void trap_set_reschedule(void (*reschedule)(void));
