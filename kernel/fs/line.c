// The line discipline. Ends of lines are marks beside the ring, so that an end of input (^D) needs no byte of its own:
// the mark stands on a slot whose byte is not given to the reader.

#include "fs/line.h"
#include "lib/string.h"

/// A slot that only carries an end of input.
enum { MARK_NONE, MARK_LINE, MARK_END };

void line_init(struct line *l, bool echo) {
    memset(l, 0, sizeof *l);
    l->modes.input = INPUT_CR_TO_NL | 02000; // and IXON, as terminals have it
    l->modes.output = 05; // OPOST ONLCR: kept, not applied
    l->modes.control = 0277; // 38400 baud, 8 bits, CREAD
    l->modes.local =
        LOCAL_SIGNALS | LOCAL_CANONICAL | LOCAL_ECHO_ERASE | LOCAL_ECHO_KILL | LOCAL_ECHO_CONTROL | 0100000;
    if (echo) l->modes.local |= LOCAL_ECHO;
    static const uint8_t characters[19] = {3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0, 0, 0};
    memcpy(l->modes.characters, characters, sizeof characters);
}

static bool push(struct line *l, uint8_t byte, uint8_t mark) {
    if (l->used == LINE_BUFFER) return false;
    size_t at = (l->from + l->used) % LINE_BUFFER;
    l->ready[at] = byte;
    l->marks[at] = mark;
    l->used++;
    return true;
}

static void finish_line(struct line *l, uint8_t last, uint8_t mark) {
    // What does not fit the ring is lost, as on any terminal that nobody reads; the end of the line is not.
    for (size_t i = 0; i < l->length && l->used < LINE_BUFFER - 1; i++) push(l, l->editing[i], MARK_NONE);
    push(l, last, mark);
    l->length = 0;
}

/// A line ends as it ends in what the program writes: who shows it knows where the next one begins.
static void show(const struct line *l, uint8_t byte, uint8_t *echo, size_t *echoed) {
    if (!(l->modes.local & LOCAL_ECHO)) return;
    if ((byte < 32 && byte != '\n' && byte != '\t' && (l->modes.local & LOCAL_ECHO_CONTROL)) || byte == 127) {
        echo[(*echoed)++] = '^';
        byte ^= 64;
    }
    echo[(*echoed)++] = byte;
}

/// Takes the last character (of several bytes in UTF-8) off the line being typed.
static bool erase_one(struct line *l) {
    if (l->length == 0) return false;
    while (l->length > 1 && (l->editing[l->length - 1] & 0xc0) == 0x80) l->length--;
    l->length--;
    return true;
}

static void show_erase(const struct line *l, uint8_t *echo, size_t *echoed) {
    if (!(l->modes.local & LOCAL_ECHO)) return;
    memcpy(echo + *echoed, "\b \b", 3);
    *echoed += 3;
}

static bool is_character(const struct line *l, uint8_t byte, unsigned which) {
    return l->modes.characters[which] == byte && byte != 0;
}

static void type_canonical(struct line *l, uint8_t byte, uint8_t *echo, size_t *echoed) {
    if (is_character(l, byte, CHARACTER_ERASE)) {
        if (erase_one(l)) show_erase(l, echo, echoed);
    } else if (is_character(l, byte, CHARACTER_KILL)) {
        l->length = 0;
        show(l, byte, echo, echoed);
        show(l, '\n', echo, echoed);
    } else if (is_character(l, byte, CHARACTER_WORD_ERASE)) {
        while (l->length > 0 && l->editing[l->length - 1] == ' ') erase_one(l);
        while (l->length > 0 && l->editing[l->length - 1] != ' ') erase_one(l);
        show(l, byte, echo, echoed);
    } else if (is_character(l, byte, CHARACTER_END)) {
        // With something typed it is handed over as it is; with nothing, it is the end of input.
        if (l->length > 0) {
            uint8_t last = l->editing[--l->length];
            finish_line(l, last, MARK_LINE);
        } else {
            push(l, 0, MARK_END);
        }
    } else if (byte == '\n' || is_character(l, byte, CHARACTER_LINE_2)) {
        show(l, byte, echo, echoed);
        finish_line(l, byte, MARK_LINE);
    } else if (l->length < LINE_LONGEST - 1) {
        l->editing[l->length++] = byte;
        show(l, byte, echo, echoed);
    }
}

enum line_signal line_type(struct line *l, uint8_t byte, uint8_t *echo, size_t *echoed) {
    *echoed = 0;
    if (byte == '\r' && (l->modes.input & INPUT_IGNORE_CR)) return LINE_NOTHING;
    if (byte == '\r' && (l->modes.input & INPUT_CR_TO_NL)) byte = '\n';
    else if (byte == '\n' && (l->modes.input & INPUT_NL_TO_CR)) byte = '\r';
    if (l->modes.local & LOCAL_SIGNALS) {
        bool interrupt = is_character(l, byte, CHARACTER_INTERRUPT);
        if (interrupt || is_character(l, byte, CHARACTER_QUIT)) {
            show(l, byte, echo, echoed);
            l->length = 0;
            return interrupt ? LINE_INTERRUPT : LINE_QUIT;
        }
    }
    if (l->modes.local & LOCAL_CANONICAL) {
        type_canonical(l, byte, echo, echoed);
    } else {
        push(l, byte, MARK_NONE);
        show(l, byte, echo, echoed);
    }
    return LINE_NOTHING;
}

bool line_can_read(const struct line *l) {
    if (!(l->modes.local & LOCAL_CANONICAL)) return l->used > 0;
    for (size_t i = 0; i < l->used; i++) {
        if (l->marks[(l->from + i) % LINE_BUFFER] != MARK_NONE) return true;
    }
    return false;
}

size_t line_read(struct line *l, uint8_t *to, size_t cap) {
    size_t n = 0;
    while (n < cap && l->used > 0) {
        uint8_t mark = l->marks[l->from];
        if (mark == MARK_END && n > 0) break;
        uint8_t byte = l->ready[l->from];
        l->from = (l->from + 1) % LINE_BUFFER;
        l->used--;
        if (mark == MARK_END) break;
        to[n++] = byte;
        if (mark == MARK_LINE && (l->modes.local & LOCAL_CANONICAL)) break;
    }
    return n;
}

void line_set_modes(struct line *l, const struct terminal_modes *modes) {
    bool was_canonical = l->modes.local & LOCAL_CANONICAL;
    l->modes = *modes;
    if (was_canonical && !(modes->local & LOCAL_CANONICAL)) {
        for (size_t i = 0; i < l->length; i++) push(l, l->editing[i], MARK_NONE);
        l->length = 0;
    }
}

size_t line_readable(const struct line *l) {
    size_t n = 0;
    for (size_t i = 0; i < l->used; i++) n += l->marks[(l->from + i) % LINE_BUFFER] != MARK_END;
    return line_can_read(l) ? n : 0;
}

void line_flush(struct line *l) { l->used = l->length = 0; }
