// The kernel as a file: an ELF64 program for x86-64 with a PVH entry.
#pragma once

#include <stdint.h>

#include "tfs_file.h"

/// Memory for `size` bytes at physical address `address`; NULL if the kernel may not lie there.
typedef uint8_t *(*memory_source)(void *context, uint64_t address, uint64_t size);

/// Loads the segments of the kernel to their physical addresses, with zeros behind what is in the file. *entry becomes
/// the address that the note Xen/18 (XEN_ELFNOTE_PHYS32_ENTRY) names, which lies in one of the segments.
fault_t kernel_load(struct tfs_file *file, memory_source memory, void *context, uint32_t *entry);
