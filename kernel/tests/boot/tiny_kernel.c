// Every field at its place, by the ELF specification, so that the loader's own structures are put to the test.

#include "tiny_kernel.h"

#include <stddef.h>
#include <string.h>

static void put(uint8_t *to, size_t at, uint64_t value, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) to[at + i] = (uint8_t)(value >> 8 * i);
}

static void segment(uint8_t *header, uint32_t type, uint64_t offset, uint64_t address, uint64_t bytes,
                    uint64_t memory) {
    put(header, 0, type, 4);
    put(header, 8, offset, 8);
    put(header, 16, address + 0xffffffff80000000u, 8);
    put(header, 24, address, 8);
    put(header, 32, bytes, 8);
    put(header, 40, memory, 8);
    put(header, 48, 4, 8);
}

void tiny_kernel_make(uint8_t to[TINY_KERNEL_BYTES]) {
    for (size_t i = 0; i < TINY_KERNEL_BYTES; i++) to[i] = (uint8_t)(i * 7 + i / 251);
    memset(to, 0, 64 + 3 * 56);
    memcpy(to,
           "\x7f"
           "ELF\2\1\1",
           7);
    put(to, 16, 2, 2); // executable
    put(to, 18, 62, 2); // x86-64
    put(to, 20, 1, 4);
    put(to, 32, 64, 8); // program headers
    put(to, 52, 64, 2);
    put(to, 54, 56, 2);
    put(to, 56, 3, 2);
    segment(to + 64, 1, 1000, TINY_TEXT, TINY_TEXT_BYTES, TINY_TEXT_BYTES);
    segment(to + 64 + 56, 1, TINY_DATA_AT, TINY_DATA, TINY_DATA_BYTES, TINY_DATA_MEMORY);
    segment(to + 64 + 112, 4, 1000, TINY_TEXT, 52, 52);
    uint8_t *notes = to + 1000;
    memset(notes, 0, 52);
    put(notes, 0, 5, 4); // another owner's note first
    put(notes, 4, 6, 4);
    put(notes, 8, 18, 4);
    memcpy(notes + 12, "Pith", 5);
    memcpy(notes + 20, "0.1.0", 6);
    put(notes, 28, 4, 4);
    put(notes, 32, 8, 4);
    put(notes, 36, 18, 4);
    memcpy(notes + 40, "Xen", 4);
    put(notes, 44, TINY_ENTRY, 8);
}
