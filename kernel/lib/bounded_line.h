// A line of text that is put together in a buffer, piece by piece. What does not fit is cut off.
#pragma once

#include <stddef.h>

struct bounded_line {
    char *bytes;
    size_t cap, length; // without the NUL at its end, which `cap` has room for
};

/// An empty line in `buffer`, of at least two bytes.
struct bounded_line bounded_line_in(char *buffer, size_t cap);
/// Adds formatted text, as format_text does.
void bounded_line_add(struct bounded_line *l, const char *format, ...) __attribute__((format(printf, 2, 3)));
/// Ends it with a line's end, in place of its last character if there is no room.
void bounded_line_end(struct bounded_line *l);
