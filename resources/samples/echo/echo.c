// Answers every line of the console, until "quit" or the end of the input: to try typing into a machine.

#include "../lib/linux.h"
#include "../lib/text.h"

#include <stdbool.h>

static bool is_quit(const char *text, size_t length) {
    static const char quit[] = "quit";
    for (size_t i = 0; i < sizeof quit - 1; i++) {
        if (i >= length || text[i] != quit[i]) return false;
    }
    return length == sizeof quit - 1;
}

static void answer(const char *text, size_t length) {
    say("you said \"");
    say_bytes(text, length);
    say("\" (");
    say_number(length);
    say(length == 1 ? " byte), backwards \"" : " bytes), backwards \"");
    for (size_t i = length; i-- > 0;) say_bytes(&text[i], 1);
    say("\"\n");
}

int main(void) {
    static char text[1024];
    size_t length = 0;
    uint64_t lines = 0;
    bool ended = false;

    say("echo: type a line and press Enter; \"quit\" ends\n> ");
    say_now();
    while (!ended) {
        char bytes[256];
        long count = linux_read(0, bytes, sizeof bytes);
        if (count <= 0) break;
        for (long i = 0; i < count && !ended; i++) {
            if (bytes[i] != '\n' && bytes[i] != '\r') {
                if (length < sizeof text) text[length++] = bytes[i];
                continue;
            }
            ended = is_quit(text, length);
            if (!ended) {
                answer(text, length);
                lines++;
                say("> ");
                say_now();
            }
            length = 0;
        }
    }
    if (!ended) say("\n");
    say("echo: ");
    say_number(lines);
    say(lines == 1 ? " line answered\n" : " lines answered\n");
    return 0;
}
