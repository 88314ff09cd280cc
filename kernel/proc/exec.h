// Loading the program: from an ELF file to the first instruction.
#pragma once

#include "fs/dentry.h"
#include <stdint.h>

struct loaded_image {
    uint64_t entry; // of this image
    uint64_t base; // what was added to its addresses
    uint64_t low, high; // where it lies
    uint64_t phdr_address;
    uint16_t phdr_count;
};

struct loaded_program {
    struct loaded_image program, interpreter;
    uint64_t start; // where to begin: the interpreter's entry, if there is one
    bool has_interpreter;
    uint64_t vdso; // where that is; 0: nowhere
};

/// Maps the program at `path` and its interpreter. Null, or a sentence to be put behind "cannot start PATH: ".
/// `*place` is where the program was found, with a reference.
const char *exec_load(const char *path, bool random, struct loaded_program *loaded, struct dentry **place);

/// Builds the first stack: arguments, environment and the auxiliary vector. The stack pointer, or 0 if it does not fit.
uint64_t exec_build_stack(const struct loaded_program *loaded, const char *path, const char *const *arguments,
                          const char *const *environment);
