// What a console has to bear: sequences that reach for title and clipboard and ask questions, text that is no text, and
// as many mebibytes without a newline as its argument says, then a link to the address in the next, if any. Then it
// tells what it hears, byte by byte, until a newline.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char sequences[] = "\033]0;owned\007" // title
                                "\033]52;c;b3duZWQ=\007" // clipboard
                                "\033]52;c;?\033\\" // what is in it?
                                "\033]11;?\007\033[21t" // which background, which title?
                                "\033]10;#000000\007" // black on black
                                "\033]8;;javascript:alert(1)\007a script\033]8;;\007\n"
                                "\033]8;;file:///etc/passwd\007a file\033]8;;\007\n"
                                "\033]8;;data:text/html,<script>alert(1)</script>\007a page\033]8;;\007\n"
                                "\033]8;;unideck://app/index.html\007our page\033]8;;\007\n"
                                "<img src=x onerror=alert(1)><script>alert(1)</script>\n";
static const char no_text[] = "\xff\xfe\xc3(\0\0\xed\xa0\x80\xf8 no text\n";

int main(int argc, char **argv) {
    static char block[1 << 16];
    long mebibytes = argc > 1 ? atol(argv[1]) : 0;
    fwrite(sequences, 1, sizeof sequences - 1, stdout);
    fwrite(no_text, 1, sizeof no_text - 1, stdout);
    memset(block, 'x', sizeof block);
    for (long i = 0; i < mebibytes * 16; i++) fwrite(block, 1, sizeof block, stdout);
    if (argc > 2) printf("\033]8;;%s\007a server\033]8;;\007", argv[2]);
    printf("\nstill here\n");
    fflush(stdout);
    printf("heard:");
    for (int c = getchar(); c != EOF && c != '\n'; c = getchar()) printf(" %02x", c);
    printf(".\n");
    return 0;
}
