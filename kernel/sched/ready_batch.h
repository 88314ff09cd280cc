// What the program has been told of and has not done yet, so that the answers to several requests can go out together.
#pragma once

#include <stdbool.h>

/// The current thread has just been told of `count` things that it can go on with: of files that are ready.
void ready_batch_set(unsigned count);
/// It does one of them now: whether it has others to do afterwards.
bool ready_batch_take(void);
/// Calls `flush`, with interrupts off, whenever a thread gives up the processor or has nothing to do: what was held
/// back has to go then.
void ready_batch_on_pause(void (*flush)(void));
/// For the scheduler: a thread gives up the processor. Interrupts are off.
void ready_batch_pause(void);
