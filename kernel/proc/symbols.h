// Names for addresses of the program, for reports.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// "main + 0x16 (0x401136)", or the address alone where no name is known.
void symbols_describe(uint64_t address, char *to, size_t cap);
/// What is mapped at an address: "/hello r-x", "the stack", "nothing".
void symbols_describe_mapping(uint64_t address, char *to, size_t cap);
