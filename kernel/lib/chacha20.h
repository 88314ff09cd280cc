// ChaCha20 (RFC 8439), as a source of random bytes.
#pragma once

#include <stdint.h>

enum { CHACHA20_KEY = 32, CHACHA20_BLOCK = 64 };

/// One block of the key stream: key, 32-bit block counter, 96-bit nonce.
void chacha20_block(const uint8_t key[CHACHA20_KEY], uint32_t counter, const uint8_t nonce[12],
                    uint8_t out[CHACHA20_BLOCK]);
