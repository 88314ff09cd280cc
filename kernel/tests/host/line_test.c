// The terminal's line discipline: what a program reads of what was typed, and what is shown of it.

#include "fs/line.h"
#include "random.h"
#include "tap.h"
#include <string.h>

static struct line l;
static char shown[64 * 1024];
static size_t shown_length;
static enum line_signal last_signal;

static void begin(bool echo) {
    line_init(&l, echo);
    shown_length = 0;
    last_signal = LINE_NOTHING;
}

static void type_bytes(const char *bytes, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint8_t echo[LINE_ECHO];
        size_t echoed;
        enum line_signal signal = line_type(&l, (uint8_t)bytes[i], echo, &echoed);
        if (signal != LINE_NOTHING) last_signal = signal;
        if (shown_length + echoed > sizeof shown) shown_length = 0;
        memcpy(shown + shown_length, echo, echoed);
        shown_length += echoed;
    }
}

static void type(const char *text) { type_bytes(text, strlen(text)); }

/// Whether a read of at most `cap` bytes gives exactly `text`.
static bool reads(size_t cap, const char *text) {
    uint8_t got[LINE_BUFFER];
    return line_can_read(&l) && line_read(&l, got, cap) == strlen(text) && memcmp(got, text, strlen(text)) == 0;
}

static bool showed(const char *text) { return shown_length == strlen(text) && memcmp(shown, text, shown_length) == 0; }

static void whole_lines(void) {
    begin(false);
    type("first");
    ok(!line_can_read(&l) && line_readable(&l) == 0, "a line that has no end cannot be read");
    type("\nsecond\n");
    ok(reads(100, "first\n") && reads(100, "second\n") && !line_can_read(&l), "a read gives one line");
    type("long line\n");
    ok(reads(4, "long") && line_readable(&l) == 6 && reads(100, " line\n"), "a short read leaves the rest of the line");
    type("return\r");
    ok(reads(100, "return\n"), "the return key ends a line");
    ok(shown_length == 0, "without echo nothing is shown");
}

static void editing(void) {
    begin(true);
    type("abc\177\177d\n");
    ok(reads(100, "ad\n") && showed("abc\b \b\b \bd\n"), "erase takes the last character, and off the screen");
    begin(true);
    type("a\303\274\177b\n");
    ok(reads(100, "ab\n"), "a character of two bytes is one character");
    begin(false);
    type("some words  here\027now\n");
    ok(reads(100, "some words  now\n"), "word erase takes the last word");
    type("gone\025kept\n");
    ok(reads(100, "kept\n"), "kill takes the line");
    type("\177\177\027x\n");
    ok(reads(100, "x\n"), "there is nothing before the start of a line");
    begin(true);
    type("a\001\tb\n");
    ok(showed("a^A\tb\n") && reads(100, "a\001\tb\n"), "control characters are shown with a caret");
}

static void ends_of_input(void) {
    begin(false);
    type("\004");
    ok(reads(100, "") && !line_can_read(&l), "end of input alone reads as nothing, once");
    type("part\004");
    ok(reads(100, "part") && !line_can_read(&l), "end of input behind text hands the text over");
    type("line\n\004more\n");
    ok(reads(100, "line\n") && reads(100, "") && reads(100, "more\n"), "an end of input stands between two lines");
}

static void signals(void) {
    begin(true);
    type("half\003");
    ok(last_signal == LINE_INTERRUPT && showed("half^C") && !line_can_read(&l),
       "the interrupt character throws the line away");
    type("\034");
    ok(last_signal == LINE_QUIT, "the quit character quits");
    struct terminal_modes modes = l.modes;
    modes.local &= ~(uint32_t)LOCAL_SIGNALS;
    line_set_modes(&l, &modes);
    type("\003\n");
    ok(reads(100, "\003\n"), "without signals it is a byte like others");
}

static void raw(void) {
    begin(false);
    type("typed before");
    struct terminal_modes modes = l.modes;
    modes.local &= ~(uint32_t)(LOCAL_CANONICAL | LOCAL_SIGNALS);
    modes.input &= ~(uint32_t)INPUT_CR_TO_NL;
    line_set_modes(&l, &modes);
    ok(reads(100, "typed before"), "going raw, what was being typed can be read");
    type_bytes("\0\3\r\177", 4);
    uint8_t got[10];
    ok(line_readable(&l) == 4 && line_read(&l, got, sizeof got) == 4 && memcmp(got, "\0\3\r\177", 4) == 0,
       "raw, every byte comes as it is");
    modes.input |= INPUT_IGNORE_CR;
    line_set_modes(&l, &modes);
    type("a\rb");
    ok(reads(100, "ab"), "returns can be ignored");
    type("x");
    line_flush(&l);
    ok(!line_can_read(&l), "what is flushed is gone");
}

static void too_much(void) {
    begin(false);
    for (int i = 0; i < 3 * LINE_BUFFER; i++) type("x");
    type("\n");
    uint8_t got[LINE_BUFFER];
    size_t n = line_read(&l, got, sizeof got);
    ok(n == LINE_LONGEST && got[n - 1] == '\n', "a line that is too long is cut, and still ends");
    for (int i = 0; i < 3 * LINE_BUFFER; i++) type("y\n");
    while (line_can_read(&l)) n = line_read(&l, got, sizeof got);
    type("after\n");
    ok(reads(100, "after\n"), "a buffer that ran over works on");
}

static void anything(void) {
    bool sane = true;
    begin(true);
    for (int round = 0; round < 300000; round++) {
        char byte = (char)(random_below(3) ? random_below(32) : random_below(256));
        type_bytes(&byte, 1);
        uint8_t got[64];
        if (random_below(5) == 0 && line_can_read(&l)) sane &= line_read(&l, got, 1 + random_below(64)) <= 64;
        if (random_below(1000) == 0) {
            struct terminal_modes modes = l.modes;
            modes.local ^= (uint32_t)random_below(256);
            line_set_modes(&l, &modes);
        }
        sane &= l.used <= LINE_BUFFER && l.length < LINE_LONGEST && line_readable(&l) <= LINE_BUFFER;
    }
    ok(sane, "whatever is typed, buffers stay in their bounds");
}

int main(void) {
    whole_lines();
    editing();
    ends_of_input();
    signals();
    raw();
    too_much();
    anything();
    return done();
}
