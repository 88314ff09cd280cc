// The command line's way to tell of a virtio-mmio device: `virtio_mmio.device=512@0xfeb00e00:12`. Pure.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct device_option {
    uint64_t size; // without its suffix: the window is 512 bytes whatever it says
    uint64_t base;
    uint32_t line;
};

/// Reads SIZE[K|M]@BASE:LINE[:ID], numbers decimal or with 0x. False if `value` does not have that form.
bool device_option_parse(const char *value, struct device_option *option);
