// What make_disk.c and the guest that it packs agree on.
#pragma once

#define GUEST_CODE 0x100000u
#define GUEST_PAYLOAD 0x180000u
#define GUEST_PAYLOAD_BYTES 300007u
#define GUEST_PAYLOAD_ZEROS 70000u

/// Byte `i` of the payload.
#define GUEST_PAYLOAD_BYTE(i) ((unsigned char)((i) * 31u + (i) / 509u + 1u))
