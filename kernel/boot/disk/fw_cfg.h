// What QEMU was told to tell the guest (docs/specs/fw_cfg in its sources): named pieces of bytes behind two ports.
#pragma once

#include <stdint.h>

/// Copies the text of that name, cut at `cap` and always ended by a NUL; empty where there is none, or no QEMU.
void fw_cfg_read(const char *name, char *to, uint32_t cap);
