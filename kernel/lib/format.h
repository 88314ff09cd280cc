// Formatted text into a bounded buffer.
#pragma once

#include <stdarg.h>
#include <stddef.h>

/// Understands %d %i %u %x %X %p %c %s %% with the flags 0 - and a width, a precision for %s, and the sizes hh h l ll
/// z. Never writes beyond `cap`, always ends with a NUL when cap > 0. Returns the length the whole text would have had.
int format_text(char *to, size_t cap, const char *format, ...) __attribute__((format(printf, 3, 4)));
int format_text_v(char *to, size_t cap, const char *format, va_list arguments);
