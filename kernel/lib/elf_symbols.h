// Names of functions in an ELF file, by address: for reports. Pure; reads the file through a callback, in small pieces.
#pragma once

#include "lib/elf.h"

struct elf_source {
    /// Reads exactly `n` bytes; false if that can't be.
    bool (*read)(void *context, uint64_t offset, void *to, uint64_t n);
    void *context;
    uint64_t size;
};

/// The function that holds `address` (as linked): its name, cut at `cap`, and where it starts. False if none is known.
bool elf_find_function(const struct elf_source *file, uint64_t address, char *name, size_t cap, uint64_t *start);
