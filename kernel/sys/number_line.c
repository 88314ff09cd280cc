// A line with one decimal number.
#include "sys/number_line.h"

bool number_line_add(struct number_line *l, char c) {
    if (c == '\n') return true;
    if (l->length == NUMBER_LINE_MOST) {
        l->is_too_long = true;
        return false;
    }
    l->text[l->length++] = c;
    l->text[l->length] = '\0';
    return false;
}

bool number_line_read(const char *text, int64_t *number) {
    bool is_negative = *text == '-';
    int64_t value = 0;
    const char *c = text + is_negative;
    if (*c == '\0') return false;
    for (; *c; c++) {
        if (*c < '0' || *c > '9') return false;
        int64_t digit = *c - '0';
        if (__builtin_mul_overflow(value, (int64_t)10, &value)) return false;
        if (__builtin_add_overflow(value, is_negative ? -digit : digit, &value)) return false;
    }
    *number = value;
    return true;
}
