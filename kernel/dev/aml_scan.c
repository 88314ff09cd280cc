// What Pith needs from ACPI's byte code (ACPI 6.4, chapters 6.4 and 20), found by its shape.
#include "dev/aml_scan.h"

#include "lib/string.h"

enum {
    OP_BYTE = 0x0a,
    OP_WORD = 0x0b,
    OP_DWORD = 0x0c,
    OP_QWORD = 0x0e,
    OP_PACKAGE = 0x12,
    OP_EXTENDED = 0x5b,
    OP_REGION = 0x80
};
/// Tags of large resource descriptors, with the lengths they must have at least (ACPI 6.4, 6.4.3).
enum { FIXED_MEMORY_32 = 0x86, EXTENDED_INTERRUPT = 0x89, FIXED_MEMORY_LENGTH = 9, INTERRUPT_LENGTH = 6 };
enum { IN_SYSTEM_MEMORY = 0 };

static uint64_t little_endian(const uint8_t *bytes, unsigned n) {
    uint64_t value = 0;
    memcpy(&value, bytes, n);
    return value;
}

/// Where `needle` starts at or after `at`; size if nowhere.
static size_t find(const uint8_t *aml, size_t size, size_t at, const char *needle, size_t length) {
    while (at + length <= size) {
        const uint8_t *hit = memchr(aml + at, needle[0], size - length + 1 - at);
        if (hit == NULL) {
            break;
        }
        at = (size_t)(hit - aml);
        if (memcmp(hit, needle, length) == 0) {
            return at;
        }
        at++;
    }
    return size;
}

/// A constant: its value, and how many bytes it takes; 0 if there is none.
static unsigned read_constant(const uint8_t *aml, size_t left, uint64_t *value) {
    if (left == 0) {
        return 0;
    }
    unsigned size;
    switch (aml[0]) {
    case 0x00:
    case 0x01: *value = aml[0]; return 1;
    case OP_BYTE: size = 1; break;
    case OP_WORD: size = 2; break;
    case OP_DWORD: size = 4; break;
    case OP_QWORD: size = 8; break;
    default: return 0;
    }
    if (left < 1 + size) {
        return 0;
    }
    *value = little_endian(aml + 1, size);
    return 1 + size;
}

bool aml_find_device(const uint8_t *aml, size_t size, size_t *at, const char *hid, struct aml_resources *found) {
    size_t start = find(aml, size, *at, hid, strlen(hid) + 1);
    if (start == size) {
        return false;
    }
    start += strlen(hid) + 1;
    size_t end = find(aml, size, start, "_HID", 4);
    *at = start;
    *found = (struct aml_resources){0};
    for (size_t i = start; i + 3 <= end; i++) {
        size_t length = (size_t)little_endian(aml + i + 1, 2);
        const uint8_t *body = aml + i + 3;
        if (length > end - i - 3) {
            continue;
        }
        if (aml[i] == FIXED_MEMORY_32 && length == FIXED_MEMORY_LENGTH && found->base == 0) {
            found->base = little_endian(body + 1, 4);
            found->length = (uint32_t)little_endian(body + 5, 4);
            i += 2 + length;
        } else if (aml[i] == EXTENDED_INTERRUPT && length >= INTERRUPT_LENGTH && body[1] == 1 && !found->has_line) {
            found->has_line = true;
            found->level = (body[0] & 2) == 0;
            found->active_low = (body[0] & 4) != 0;
            found->line = (uint32_t)little_endian(body + 2, 4);
            i += 2 + length;
        }
    }
    return true;
}

bool aml_find_off(const uint8_t *aml, size_t size, unsigned *sleep_type) {
    for (size_t at = 0; (at = find(aml, size, at, "_S5_", 4)) < size; at++) {
        // Package, its length in one to four bytes, the number of elements, the first element.
        size_t next = at + 4;
        if (next + 2 > size || aml[next] != OP_PACKAGE) {
            continue;
        }
        next += 2u + (aml[next + 1] >> 6) + 1;
        uint64_t value;
        if (next < size && read_constant(aml + next, size - next, &value) != 0) {
            *sleep_type = (unsigned)value & 7;
            return true;
        }
    }
    return false;
}

uint64_t aml_find_region(const uint8_t *aml, size_t size, const char *name) {
    for (size_t at = 0; (at = find(aml, size, at, name, 4)) < size; at++) {
        uint64_t address;
        if (at >= 2 && aml[at - 2] == OP_EXTENDED && aml[at - 1] == OP_REGION && at + 5 < size &&
            aml[at + 4] == IN_SYSTEM_MEMORY && read_constant(aml + at + 5, size - at - 5, &address) != 0) {
            return address;
        }
    }
    return 0;
}
