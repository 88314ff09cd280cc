// One key from a raw terminal, without a line's end; then a line from one that is as it was.
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

int main(void) {
    struct termios usual, raw;
    char line[64] = "";
    setvbuf(stdout, NULL, _IONBF, 0);
    if (tcgetattr(0, &usual) != 0) return 1;
    printf("echo %s\n", usual.c_lflag & ECHO ? "on" : "off");
    raw = usual;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    tcsetattr(0, TCSANOW, &raw);
    puts("press a key");
    char key = 0;
    if (read(0, &key, 1) == 1) printf("key %c\n", key);
    tcsetattr(0, TCSANOW, &usual);
    puts("type a line");
    if (fgets(line, sizeof line, stdin)) printf("line %s", line);
    return 0;
}
