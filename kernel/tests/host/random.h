// Numbers that look random and are the same in every run, unless the seed is another.
#pragma once

#include <stdint.h>

static uint64_t random_state = 0x9e3779b97f4a7c15u;

static inline uint64_t random_number(void) { // xorshift64*
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return random_state * 2685821657736338717u;
}

/// From 0 up to, but without, `limit`.
static inline uint64_t random_below(uint64_t limit) { return (random_number() >> 11) % limit; }
