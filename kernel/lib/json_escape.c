// Text as the inside of a JSON string.

#include "lib/json_escape.h"
#include "lib/format.h"

void json_escape(char *to, unsigned cap, const char *text) {
    unsigned n = 0;
    for (; *text && n + 7 < cap; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') {
            to[n++] = '\\';
            to[n++] = (char)c;
        } else if (c < 0x20) {
            n += (unsigned)format_text(to + n, cap - n, "\\u%04x", c);
        } else {
            to[n++] = (char)c;
        }
    }
    to[n] = '\0';
}
