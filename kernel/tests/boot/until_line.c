// Runs a program that does not end by itself: passes on what it prints up to the line that contains a text, then kills
// it.
//
//   until_line TEXT SECONDS PROGRAM [ARGUMENT…]      status 0: the line came; 1: it did not, or not within SECONDS

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// Whether the line came before the deadline and the end of the output.
static bool follow(int from, const char *text, long deadline) {
    static char output[65536];
    size_t length = 0;
    for (;;) {
        long left = deadline - now_ms();
        struct pollfd wait = {.fd = from, .events = POLLIN};
        if (left <= 0 || poll(&wait, 1, (int)left) <= 0) return false;
        ssize_t got = read(from, output + length, sizeof output - 1 - length);
        if (got <= 0) return false;
        fwrite(output + length, 1, (size_t)got, stdout);
        length += (size_t)got;
        output[length] = 0;
        const char *line = strstr(output, text);
        if (line != NULL && strchr(line, '\n') != NULL) return true;
    }
}

int main(int count, char **arguments) {
    int ends[2];
    if (count < 4 || pipe(ends) != 0) {
        fprintf(stderr, "usage: until_line TEXT SECONDS PROGRAM [ARGUMENT...]\n");
        return 2;
    }
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        execvp(arguments[3], arguments + 3);
        perror(arguments[3]);
        _exit(127);
    }
    close(ends[1]);
    bool came = child > 0 && follow(ends[0], arguments[1], now_ms() + strtol(arguments[2], NULL, 10) * 1000);
    if (child > 0) {
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
    return came ? 0 : 1;
}
