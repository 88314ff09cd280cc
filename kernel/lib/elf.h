// Reading ELF programs: headers and segments, checked. Pure: works on bytes that the caller has read.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ELF_HEADER_BYTES = 64, ELF_PHDR_BYTES = 56, ELF_SHDR_BYTES = 64, ELF_SYMBOL_BYTES = 24, ELF_MOST_PHDRS = 128 };

/// What the ELF header says.
struct elf_header {
    uint64_t entry;
    uint64_t phdr_offset, shdr_offset; // in the file
    uint16_t phdr_count, shdr_count;
    bool relocatable; // ET_DYN: may be put anywhere
};

/// A PT_LOAD segment. Everything was checked: it lies in the file and in the lower half, nothing overflows.
struct elf_segment {
    uint64_t address, memory_size;
    uint64_t offset, file_size;
    bool readable, writable, executable;
};

enum { ELF_MOST_SEGMENTS = 32 };

struct elf_layout {
    struct elf_segment segments[ELF_MOST_SEGMENTS];
    size_t segment_count;
    uint64_t low, high; // page-aligned bounds of all segments
    uint64_t phdr_address; // of the program headers in memory; 0 if no segment holds them
    uint64_t interpreter_offset; // the path of the interpreter in the file
    uint64_t interpreter_length; // 0: there is none
    bool stack_executable;
};

/// Reads the first bytes of a file of `file_size`. Null if they are a program for us, else what is wrong with it, to be
/// put behind "cannot start NAME: ".
const char *elf_read_header(const void *bytes, size_t n, uint64_t file_size, struct elf_header *header);
/// Reads `header->phdr_count` program headers. The same answer.
const char *elf_read_layout(const struct elf_header *header, const void *phdrs, uint64_t file_size,
                            struct elf_layout *layout);
