// Leaving functions sideways: longjmp out of depths and handlers, contexts that take turns, stacks that grow by
// themselves.
#define _GNU_SOURCE
#include <alloca.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

static jmp_buf here;
static sigjmp_buf there;
static volatile int depth;

static void sink(int n) {
    volatile char room[500];
    room[0] = (char)n;
    depth = n;
    if (n == 0) longjmp(here, 7);
    sink(n - 1);
    room[1] = room[0];
}

static void plain(void) {
    volatile int kept = 5;
    int came = setjmp(here);
    if (came == 0) {
        kept = 6;
        sink(1000);
    }
    printf("back with %d from %d, kept %d\n", came, depth, kept);
    volatile int rounds = 0;
    came = setjmp(here);
    rounds++;
    if (rounds < 100000) longjmp(here, 1);
    printf("rounds %d\n", rounds);
}

static void jump(int number) { siglongjmp(there, number); }

static void out_of_handlers(void) {
    struct sigaction action = {.sa_handler = jump};
    sigset_t blocked;
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
    volatile int faults = 0;
    for (volatile int i = 0; i < 100; i++) {
        if (sigsetjmp(there, 1) == 0) *(volatile int *)(uintptr_t)(8 + i) = 1;
        else faults++;
    }
    printf("faults %d\n", faults);
    int number = sigsetjmp(there, 1);
    if (number == 0) raise(SIGUSR1);
    sigprocmask(SIG_BLOCK, NULL, &blocked);
    printf("by %d, still blocked %d\n", number, sigismember(&blocked, SIGUSR1));
    number = sigsetjmp(there, 0);
    if (number == 0) raise(SIGUSR1);
    sigprocmask(SIG_BLOCK, NULL, &blocked);
    printf("by %d, still blocked %d\n", number, sigismember(&blocked, SIGUSR1));
}

/// The stack overflows into its guard page; a handler on another stack leads out of it.
static int overflow(int n) {
    volatile char *room = alloca(1000);
    room[0] = (char)n;
    return overflow(n + 1) + room[0];
}

static void guard_page(void) {
    static char other[1 << 16];
    stack_t stack = {.ss_sp = other, .ss_size = sizeof other};
    struct sigaction action = {.sa_handler = jump, .sa_flags = SA_ONSTACK};
    sigaltstack(&stack, NULL);
    sigaction(SIGSEGV, &action, NULL);
    for (volatile int i = 0; i < 3; i++) {
        if (sigsetjmp(there, 1) == 0) printf("%d\n", overflow(0));
        else printf("the stack has overflowed\n");
    }
    stack_t now;
    sigaltstack(NULL, &now);
    printf("on the other stack %d\n", now.ss_flags);
}

static int deep(int n) {
    volatile char room[900];
    room[0] = (char)n;
    return n == 0 ? 0 : deep(n - 1) + 1 + (room[0] - (char)n);
}

static void growth(void) {
    struct rlimit limit;
    getrlimit(RLIMIT_STACK, &limit);
    printf("stack %d MB, depth %d\n", (int)(limit.rlim_cur >> 20), deep(7000));
    long page = sysconf(_SC_PAGESIZE);
    char *low = mmap(NULL, 64 * (size_t)page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(low, 64 * (size_t)page);
    char *map = mmap(low + 62 * page, 2 * (size_t)page, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED, -1, 0);
    map[0] = 1;
    printf("grows down %d\n", map == low + 62 * page);
}

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    plain();
    out_of_handlers();
    guard_page();
    growth();
    return 0;
}
