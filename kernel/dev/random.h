// Random bytes: ChaCha20 keyed from virtio-rng, RDRAND or, without either, the clock.
#pragma once

#include <stddef.h>

void random_fill(void *to, size_t n);
