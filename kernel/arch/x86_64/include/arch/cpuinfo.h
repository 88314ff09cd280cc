// What the processor says of itself, as the text of /proc/cpuinfo on Linux.
#pragma once

#include <stddef.h>

enum { CPUINFO_SIZE = 4096 };

/// Writes it, with its NUL; how long it is.
size_t cpuinfo_write(char to[CPUINFO_SIZE]);
