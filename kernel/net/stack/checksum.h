// The Internet checksum (RFC 1071).
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Adds bytes to a sum. All pieces but the last must have an even length.
uint64_t checksum_add(uint64_t sum, const void *bytes, size_t n);
/// Copies bytes and adds them to a sum.
uint64_t checksum_copy(uint64_t sum, void *to, const void *from, size_t n);
/// What the TCP and UDP checksums cover besides (RFC 9293, 3.1).
uint64_t checksum_pseudo(uint32_t from, uint32_t to, uint8_t protocol, uint32_t length);
/// The sum in 16 bits, inverted, as wire_put16 takes it.
uint16_t checksum_finish(uint64_t sum);
/// The same, not inverted: what a device that computes checksums starts from.
uint16_t checksum_fold(uint64_t sum);
