// Says that it is ready and goes on for ever; with the argument `ignore` also when it is asked to end.
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "ignore") == 0) signal(SIGTERM, SIG_IGN);
    puts("ready");
    fflush(stdout);
    for (;;) {
        struct timespec hour = {.tv_sec = 3600};
        nanosleep(&hour, NULL);
    }
}
