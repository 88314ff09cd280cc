// Names of error numbers.
#pragma once

/// "ENOENT" for 2; null for a number that has none.
const char *errno_name(int number);
