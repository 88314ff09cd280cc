// The golden images, packed with gzip.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/// Everything that is left in `from`, with a NUL behind it. The caller frees it.
uint8_t *golden_read_all(FILE *from, size_t *bytes);

/// Unpacks FOLDER/NAME.img.gz; NULL if it isn't there. The caller frees it.
uint8_t *golden_unpack(const char *folder, const char *name, size_t *bytes);
