// The command line's way to tell of a virtio-mmio device, as Linux's module parameter has it.
#include "dev/virtio/device_option.h"

static int digit_of(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}

/// Moves *at behind a number; false if there is none or it does not fit.
static bool read_number(const char **at, uint64_t *value) {
    int base = (*at)[0] == '0' && ((*at)[1] == 'x' || (*at)[1] == 'X') ? 16 : 10;
    const char *c = *at + (base == 16 ? 2 : 0);
    const char *start = c;
    *value = 0;
    for (; digit_of(*c) < base; c++) {
        if (__builtin_mul_overflow(*value, (uint64_t)base, value) ||
            __builtin_add_overflow(*value, (uint64_t)digit_of(*c), value)) {
            return false;
        }
    }
    *at = c;
    return c > start;
}

bool device_option_parse(const char *value, struct device_option *option) {
    uint64_t line;
    if (!read_number(&value, &option->size)) {
        return false;
    }
    if (*value == 'K' || *value == 'M') {
        value++;
    }
    if (*value++ != '@' || !read_number(&value, &option->base) || *value++ != ':' || !read_number(&value, &line)) {
        return false;
    }
    option->line = (uint32_t)line;
    return line <= UINT32_MAX && (*value == '\0' || *value == ' ' || *value == ':');
}
