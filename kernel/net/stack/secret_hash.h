// SipHash-2-4: a hash that nobody can steer who does not know its key. For sequence numbers, SYN cookies and hash
// tables.
#pragma once

#include <stddef.h>
#include <stdint.h>

uint64_t secret_hash(const uint64_t key[2], const uint64_t *words, size_t count);
