// The line discipline of a terminal: what typed bytes become before a program reads them. Pure.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// As struct termios of the kernel's interface (TCGETS).
struct terminal_modes {
    uint32_t input, output, control, local;
    uint8_t line;
    uint8_t characters[19];
};

/// Bits that are honoured; all others are kept and given back.
enum { INPUT_IGNORE_CR = 0200, INPUT_CR_TO_NL = 0400, INPUT_NL_TO_CR = 0100 };
enum {
    LOCAL_SIGNALS = 01,
    LOCAL_CANONICAL = 02,
    LOCAL_ECHO = 010,
    LOCAL_ECHO_ERASE = 020,
    LOCAL_ECHO_KILL = 040,
    LOCAL_ECHO_NL = 0100,
    LOCAL_ECHO_CONTROL = 01000,
};
enum {
    CHARACTER_INTERRUPT,
    CHARACTER_QUIT,
    CHARACTER_ERASE,
    CHARACTER_KILL,
    CHARACTER_END,
    CHARACTER_TIME,
    CHARACTER_MINIMUM,
    CHARACTER_LINE_2 = 16,
    CHARACTER_WORD_ERASE = 14,
};

enum { LINE_LONGEST = 4096, LINE_BUFFER = 8192, LINE_ECHO = 16 };

/// What a byte led to beside input.
enum line_signal { LINE_NOTHING, LINE_INTERRUPT, LINE_QUIT };

struct line {
    struct terminal_modes modes;
    uint8_t ready[LINE_BUFFER]; // a ring of what may be read
    uint8_t marks[LINE_BUFFER]; // what ends behind each byte of it: nothing, a line, or the input
    size_t from, used;
    uint8_t editing[LINE_LONGEST]; // the line that is being typed
    size_t length;
};

/// The modes a console starts with: canonical, with echo unless told otherwise.
void line_init(struct line *l, bool echo);
/// Takes a typed byte. What must be shown goes to `echo` (at least LINE_ECHO bytes), its count to `*echoed`.
enum line_signal line_type(struct line *l, uint8_t byte, uint8_t *echo, size_t *echoed);
/// Whether a read would give something: a line, an end of input, or in raw mode a byte.
bool line_can_read(const struct line *l);
/// Takes at most `cap` bytes: of one line in canonical mode. 0 is the end of input (only if line_can_read said yes).
size_t line_read(struct line *l, uint8_t *to, size_t cap);
/// Sets modes. Going raw, what was being edited becomes readable.
void line_set_modes(struct line *l, const struct terminal_modes *modes);
/// How many bytes can be read (FIONREAD).
size_t line_readable(const struct line *l);
/// Throws away what was typed and not read.
void line_flush(struct line *l);
