// SHA-256 (FIPS 180-4), to compare contents with the digests of the golden lists.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// The digest of `bytes` bytes as 64 hexadecimal digits and a NUL.
void sha256_text(const uint8_t *from, size_t bytes, char text[65]);
