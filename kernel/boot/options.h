// Words of a command line, separated by blanks: `quiet`, `console=noecho`. Pure.
#pragma once

#include <stdbool.h>

/// What follows the word `name` on `line`: at its "=", at the blank, or at the end. Null if the word is not there.
const char *option_find(const char *line, const char *name);
/// The value of `name=value`, copied to `to` (cut at cap); false if it is absent or has none.
bool option_value(const char *line, const char *name, char *to, unsigned cap);
/// The next `name=value` after `from` (null: from the start); where its value starts, or null.
const char *option_next(const char *line, const char *name, const char *from);
