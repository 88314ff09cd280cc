// Wants a second process in every way there is.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void try_fork(void) {
    pid_t child = fork();
    if (child == 0) _exit(0);
    printf("fork: %s\n", child < 0 ? strerror(errno) : "a child");
}

int main(void) {
    try_fork();
    char *argv[] = {"/bin/true", NULL};
    execve(argv[0], argv, NULL);
    printf("execve: %s\n", strerror(errno));
    return 5;
}
