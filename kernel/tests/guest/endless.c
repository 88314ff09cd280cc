// Says that it is ready and goes on for ever; its argument says what it thinks of SIGTERM: nothing, `ignore` or `handle`.
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void on_term(int number) {
    static const char said[] = "asked to stop\n";
    (void)number;
    write(1, said, sizeof said - 1);
    _exit(9);
}

int main(int argc, char **argv) {
    const char *how = argc > 1 ? argv[1] : "";
    struct sigaction action = {.sa_handler = SIG_DFL};
    if (strcmp(how, "ignore") == 0) action.sa_handler = SIG_IGN;
    if (strcmp(how, "handle") == 0) action.sa_handler = on_term;
    sigaction(SIGTERM, &action, NULL);
    puts("ready");
    fflush(stdout);
    for (;;) {
        struct timespec hour = {.tv_sec = 3600};
        nanosleep(&hour, NULL);
    }
}
