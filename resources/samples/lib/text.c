// Console text and the memory functions that a compiler may call on its own.

#include "text.h"

#include "linux.h"

void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memset(void *to, int byte, size_t n);

void *memcpy(void *restrict to, const void *restrict from, size_t n) {
    void *at = to;
    __asm__ volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(n) : : "memory");
    return to;
}

void *memset(void *to, int byte, size_t n) {
    void *at = to;
    __asm__ volatile("rep stosb" : "+D"(at), "+c"(n) : "a"(byte) : "memory");
    return to;
}

static char line[256];
static size_t line_length;

void say_now(void) {
    for (size_t done = 0; done < line_length;) {
        long written = linux_write(1, line + done, line_length - done);
        if (written <= 0) break; // nobody listens
        done += (size_t)written;
    }
    line_length = 0;
}

void say_bytes(const char *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        line[line_length++] = bytes[i];
        if (bytes[i] == '\n' || line_length == sizeof line) say_now();
    }
}

void say(const char *text) {
    say_bytes(text, text_length(text));
}

void say_padded(uint64_t number, unsigned digits) {
    char text[20];
    unsigned at = sizeof text;
    do {
        text[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    while (at > 0 && sizeof text - at < digits) text[--at] = '0';
    say_bytes(text + at, sizeof text - at);
}

void say_number(uint64_t number) {
    say_padded(number, 1);
}

size_t text_length(const char *text) {
    size_t length = 0;
    while (text[length] != 0) length++;
    return length;
}

const char *environment_value(char **environment, const char *name) {
    size_t length = text_length(name);
    for (; *environment != NULL; environment++) {
        size_t same = 0;
        while (same < length && (*environment)[same] == name[same]) same++;
        if (same == length && (*environment)[length] == '=') return *environment + length + 1;
    }
    return NULL;
}
