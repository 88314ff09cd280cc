// The virtio entropy device.
#pragma once

#include <stdbool.h>
#include <stddef.h>

/// Fills `to` with what the host gives. False if there is no such device, or it gives too little in time.
bool virtio_rng_fill(void *to, size_t n);
