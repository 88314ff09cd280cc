// What is done with an input that may be anything, by each maker of inputs: fuzz.c damages known ones, libFuzzer
// (tests/libfuzzer) looks for new ones.
#pragma once

#include "fs/tfs/tfs.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The first bytes of a volume; up to its end there are zeros.
struct fuzz_image {
    const uint8_t *bytes;
    size_t size;
    uint64_t sectors;
};

/// As tfs_open. What is written to it gets lost.
int fuzz_open_image(const struct fuzz_image *image, struct tfs *t, const char **why);
/// Replays the log, reads all that a mounted file system would be asked for, and writes. False if the header was
/// refused.
bool fuzz_look_at_image(const struct fuzz_image *image);
/// Reads the headers of a program and looks for the names of functions. False if the header was refused.
bool fuzz_look_at_program(const uint8_t *bytes, size_t size);
