// Text for the console. What is said is kept until the end of the line, then written in one go.
#pragma once

#include <stddef.h>
#include <stdint.h>

void say(const char *text);
void say_bytes(const char *bytes, size_t count);
void say_number(uint64_t number);
/// With zeros in front, up to `digits`.
void say_padded(uint64_t number, unsigned digits);
/// Writes what was said since the last end of line.
void say_now(void);

size_t text_length(const char *text);
/// The value of the environment variable `name`; NULL if it isn't set.
const char *environment_value(char **environment, const char *name);
