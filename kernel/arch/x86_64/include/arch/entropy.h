// What the processor itself has for random numbers.
#pragma once

#include <stdbool.h>
#include <stdint.h>

/// A random word. False where it has no instruction for that, or it failed.
bool entropy_word(uint64_t *word);
/// A counter that runs fast: worth mixing in, and no more.
uint64_t entropy_counter(void);
