// What is told at the end of what the program did.
#pragma once

#include <stdbool.h>
#include <stdint.h>

/// Begins to count calls, and to note files that opens do not find.
void report_begin(bool summary, bool missing_files);
void report_call(uint64_t number, long result);
void report_open(const char *path, long result);
