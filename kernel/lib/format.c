// Formatted text into a bounded buffer.
#include "lib/format.h"

#include "lib/string.h"
#include <stdbool.h>
#include <stdint.h>

/// Where the text goes; `length` counts on beyond `cap`.
struct sink {
    char *to;
    size_t cap;
    size_t length;
};

/// One conversion: what stands between the percent sign and its letter.
struct spec {
    bool zero, left, has_precision;
    int width, precision;
    int size; // bytes of an integer argument
};

static void put(struct sink *s, char c) {
    if (s->length + 1 < s->cap) {
        s->to[s->length] = c;
    }
    s->length++;
}

static void pad(struct sink *s, char c, int count) {
    for (; count > 0; count--) {
        put(s, c);
    }
}

static void put_text(struct sink *s, const struct spec *spec, const char *text, size_t length) {
    int fill = spec->width > (int)length ? spec->width - (int)length : 0;
    pad(s, ' ', spec->left ? 0 : fill);
    for (size_t i = 0; i < length; i++) {
        put(s, text[i]);
    }
    pad(s, ' ', spec->left ? fill : 0);
}

static void put_number(struct sink *s, const struct spec *spec, uint64_t value, unsigned base, bool upper,
                       const char *prefix) {
    char digits[24];
    char letter = upper ? 'A' : 'a';
    int n = 0;
    do {
        unsigned d = (unsigned)(value % base);
        digits[n++] = (char)(d < 10 ? '0' + (int)d : letter + (int)d - 10);
        value /= base;
    } while (value != 0);

    int signs = (int)strlen(prefix);
    int zeros = 0;
    if (spec->has_precision) {
        zeros = spec->precision > n ? spec->precision - n : 0;
    } else if (spec->zero && !spec->left && spec->width > n + signs) {
        zeros = spec->width - n - signs;
    }
    int fill = spec->width - n - signs - zeros;
    pad(s, ' ', spec->left ? 0 : fill);
    while (*prefix != '\0') {
        put(s, *prefix++);
    }
    pad(s, '0', zeros);
    while (n > 0) {
        put(s, digits[--n]);
    }
    pad(s, ' ', spec->left ? fill : 0);
}

static int64_t signed_argument(uint64_t raw, int size) {
    int shift = 64 - 8 * size;
    return (int64_t)(raw << shift) >> shift;
}

static uint64_t unsigned_argument(uint64_t raw, int size) {
    int shift = 64 - 8 * size;
    return raw << shift >> shift;
}

/// A decimal number in the format itself, or `*` for the next argument.
static const char *read_count(const char *f, int *count, va_list *arguments) {
    if (*f == '*') {
        *count = va_arg(*arguments, int);
        return f + 1;
    }
    *count = 0;
    for (; *f >= '0' && *f <= '9'; f++) {
        if (*count < 100000) {
            *count = *count * 10 + (*f - '0');
        }
    }
    return f;
}

static const char *read_spec(const char *f, struct spec *spec, va_list *arguments) {
    *spec = (struct spec){.size = sizeof(int)};
    for (;; f++) {
        if (*f == '0') {
            spec->zero = true;
        } else if (*f == '-') {
            spec->left = true;
        } else {
            break;
        }
    }
    f = read_count(f, &spec->width, arguments);
    if (spec->width < 0) {
        spec->left = true;
        spec->width = -spec->width;
    }
    if (*f == '.') {
        f = read_count(f + 1, &spec->precision, arguments);
        spec->has_precision = spec->precision >= 0;
    }
    if (*f == 'h') {
        spec->size = f[1] == 'h' ? 1 : 2;
        f += f[1] == 'h' ? 2 : 1;
    } else if (*f == 'l') {
        spec->size = 8;
        f += f[1] == 'l' ? 2 : 1;
    } else if (*f == 'z') {
        spec->size = 8;
        f++;
    }
    return f;
}

static void put_conversion(struct sink *s, const struct spec *spec, char letter, va_list *arguments) {
    switch (letter) {
    case 'd':
    case 'i': {
        uint64_t raw = spec->size == 8 ? va_arg(*arguments, uint64_t) : va_arg(*arguments, unsigned);
        int64_t value = signed_argument(raw, spec->size);
        put_number(s, spec, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 10, false, value < 0 ? "-" : "");
        return;
    }
    case 'u':
    case 'x':
    case 'X': {
        uint64_t raw = spec->size == 8 ? va_arg(*arguments, uint64_t) : va_arg(*arguments, unsigned);
        put_number(s, spec, unsigned_argument(raw, spec->size), letter == 'u' ? 10 : 16, letter == 'X', "");
        return;
    }
    case 'p': put_number(s, spec, (uintptr_t)va_arg(*arguments, void *), 16, false, "0x"); return;
    case 'c': {
        char c = (char)va_arg(*arguments, int);
        put_text(s, spec, &c, 1);
        return;
    }
    case 's': {
        const char *text = va_arg(*arguments, const char *);
        if (text == NULL) {
            text = "(null)";
        }
        put_text(s, spec, text, spec->has_precision ? strnlen(text, (size_t)spec->precision) : strlen(text));
        return;
    }
    case '%': put(s, '%'); return;
    default: // not a conversion that this function knows: shown as it stands
        put(s, '%');
        put(s, letter);
    }
}

int format_text_v(char *to, size_t cap, const char *format, va_list arguments) {
    struct sink sink = {.to = to, .cap = cap};
    va_list rest;
    va_copy(rest, arguments);
    while (*format != '\0') {
        if (*format != '%') {
            put(&sink, *format++);
            continue;
        }
        struct spec spec;
        format = read_spec(format + 1, &spec, &rest);
        if (*format == '\0') {
            break;
        }
        put_conversion(&sink, &spec, *format++, &rest);
    }
    va_end(rest);
    if (cap > 0) {
        to[sink.length < cap ? sink.length : cap - 1] = '\0';
    }
    return (int)sink.length;
}

int format_text(char *to, size_t cap, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = format_text_v(to, cap, format, arguments);
    va_end(arguments);
    return length;
}
