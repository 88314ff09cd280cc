// Words of a command line, separated by blanks.
#include "boot/options.h"

#include "lib/string.h"

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n'; }

static const char *find_from(const char *at, const char *name) {
    size_t length = strlen(name);
    while (*at != '\0') {
        while (is_blank(*at)) {
            at++;
        }
        if (strncmp(at, name, length) == 0 && (at[length] == '=' || at[length] == '\0' || is_blank(at[length]))) {
            return at + length;
        }
        while (*at != '\0' && !is_blank(*at)) {
            at++;
        }
    }
    return NULL;
}

const char *option_find(const char *line, const char *name) { return find_from(line, name); }

const char *option_next(const char *line, const char *name, const char *from) {
    const char *at = from != NULL ? from : line;
    while (from != NULL && *at != '\0' && !is_blank(*at)) {
        at++;
    }
    while ((at = find_from(at, name)) != NULL) {
        if (*at == '=') {
            return at + 1;
        }
    }
    return NULL;
}

bool option_value(const char *line, const char *name, char *to, unsigned cap) {
    const char *value = option_next(line, name, NULL);
    if (value == NULL || cap == 0) {
        return false;
    }
    unsigned n = 0;
    for (; n + 1 < cap && value[n] != '\0' && !is_blank(value[n]); n++) {
        to[n] = value[n];
    }
    to[n] = '\0';
    return true;
}
