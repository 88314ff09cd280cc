// What the loader told us: the command line and its options.
#pragma once

#include <stdbool.h>

/// The whole command line, "" without one.
const char *boot_command_line(void);
/// Whether the word `name` stands on the command line, alone (`quiet`) or with a value (`name=…`).
bool boot_has_option(const char *name);
/// The value of `name=value`, copied to `to` (cut at cap); false if it is absent.
bool boot_option(const char *name, char *to, unsigned cap);
