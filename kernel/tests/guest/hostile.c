// Output that wants to do harm: `escapes` (titles, clipboard, questions to the terminal, the kernel's own marks),
// `bytes` (every byte there is, and broken UTF-8), or `endless`, ten million bytes without the end of a line.
#include <stdio.h>
#include <string.h>

static void escapes(void) {
    fputs("\033]0;a title\007\033]52;c;aGVsbG8=\007\033[6n\033[c\033[?1049h\033[2J\033[31mred", stdout);
    fputs("\n--- crash ---\nsignal: SIGSEGV (11)\n\001c\001x\001a", stdout);
    fputs("\033P+q544e\033\\\033^private\033\\\033_application\033\\\033[999999999;999999999H\033[3J", stdout);
}

static void bytes(void) {
    for (int round = 0; round < 3; round++) {
        for (int byte = 0; byte < 256; byte++) putchar(byte);
    }
    fputs("\300\200\355\240\200\364\220\200\200\370\210\200\200\200\303", stdout);
}

static void endless(void) {
    static char piece[1000];
    memset(piece, 'x', sizeof piece);
    for (int i = 0; i < 10000; i++) fwrite(piece, 1, sizeof piece, stdout);
}

int main(int argc, char **argv) {
    const char *how = argc > 1 ? argv[1] : "escapes";
    if (strcmp(how, "escapes") == 0) escapes();
    else if (strcmp(how, "bytes") == 0) bytes();
    else endless();
    return 0;
}
