// A line of text that is put together in a buffer.
#include "lib/bounded_line.h"

#include "lib/format.h"

struct bounded_line bounded_line_in(char *buffer, size_t cap) {
    buffer[0] = '\0';
    return (struct bounded_line){buffer, cap, 0};
}

void bounded_line_add(struct bounded_line *l, const char *format, ...) {
    size_t room = l->cap - l->length;
    va_list arguments;
    va_start(arguments, format);
    size_t length = (size_t)format_text_v(l->bytes + l->length, room, format, arguments);
    va_end(arguments);
    l->length += length < room ? length : room - 1;
}

void bounded_line_end(struct bounded_line *l) {
    if (l->length == l->cap - 1) {
        l->length--;
    }
    l->bytes[l->length++] = '\n';
    l->bytes[l->length] = '\0';
}
