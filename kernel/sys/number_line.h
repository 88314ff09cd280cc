// A line with one decimal number, from a host that is not trusted. Pure.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { NUMBER_LINE_MOST = 20 };

/// All zero is an empty line.
struct number_line {
    char text[NUMBER_LINE_MOST + 1];
    unsigned length;
    bool is_too_long;
};

/// Adds a character; true for the line's end, which is not put into the text.
bool number_line_add(struct number_line *l, char c);
/// The number, which may be negative. False for what is none, or fits in no 64 bits.
bool number_line_read(const char *text, int64_t *number);
