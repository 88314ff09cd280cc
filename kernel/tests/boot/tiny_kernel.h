// A kernel made up for the tests: an ELF64 file with two segments and an entry note.
#pragma once

#include <stdint.h>

#define TINY_KERNEL_BYTES 70001
#define TINY_TEXT 0x100000u // physical address of the first segment
#define TINY_TEXT_BYTES 60000u
#define TINY_DATA 0x110000u
#define TINY_DATA_BYTES 5000u
#define TINY_DATA_MEMORY 9000u
#define TINY_ENTRY 0x100123u
#define TINY_DATA_AT 62000u // in the file

/// Fills `to` with the file.
void tiny_kernel_make(uint8_t to[TINY_KERNEL_BYTES]);
