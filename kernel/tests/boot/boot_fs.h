// Writes boot file systems for the tests, in each of the forms that builders use.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOOT_FS_SECTORS 24576 // 12 MiB, as in every image

struct boot_fs_form {
    bool decimal; // numbers as decimal strings, as OPS writes them, else integers
    bool many_records; // the tree first, then records that refer to it, as mkfs does, else one record
    bool linked; // every record in two parts, with a link to a further log extension between them
    bool renamed; // the file was `kernel.new`, and one `kernel` before it was deleted
    uint32_t pieces; // extents of the kernel (at least 1), named in the log from the last to the first
    uint32_t hole; // sectors of the kernel's start that are named `uninited`
};

/// A file system with `kernel` and an empty directory `klib`. The caller frees it.
uint8_t *boot_fs_make(const struct boot_fs_form *form, const uint8_t *kernel, size_t kernel_bytes);
