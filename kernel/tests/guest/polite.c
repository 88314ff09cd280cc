// Ends when it is asked to: SIGTERM reaches a thread that waits for it, and the program says goodbye with code 5.
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void *wait_for_end(void *signals) {
    int number;
    sigwait(signals, &number);
    printf("goodbye by signal %d\n", number);
    exit(5);
}

int main(void) {
    sigset_t one;
    pthread_t thread;
    sigemptyset(&one);
    sigaddset(&one, SIGTERM);
    sigprocmask(SIG_BLOCK, &one, NULL);
    pthread_create(&thread, NULL, wait_for_end, &one);
    puts("ready");
    fflush(stdout);
    for (;;) pause();
}
