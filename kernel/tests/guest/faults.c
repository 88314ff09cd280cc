// Faults that the program handles itself: the handler is told what happened where, and the program goes on.
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

static sigjmp_buf back;
static siginfo_t told;
static long vector, fault_address;

static void note(int number, siginfo_t *info, void *context) {
    const ucontext_t *u = context;
    (void)number;
    told = *info;
    vector = u->uc_mcontext.gregs[REG_TRAPNO];
    fault_address = u->uc_mcontext.gregs[REG_CR2];
    siglongjmp(back, 1);
}

static volatile int zero;
static volatile int sink;

static void read_null(void) { sink = *(volatile int *)16; }
static void write_constant(void) { *(volatile char *)(long)"constant" = 'x'; }
static void divide(void) { sink = 100 / zero; }
static void overflow(void) {
    int low = -2147483647 - 1;
    asm volatile("cltd; idivl %1" : "+a"(low) : "r"(-1) : "edx");
}
static void illegal(void) { asm volatile("ud2"); }
static void privileged(void) { asm volatile("hlt"); }
static void breakpoint(void) { asm volatile("int3"); }
static void no_address(void) { sink = *(volatile int *)0x1234567890abcdef; }
static void no_code(void) { ((void (*)(void))8)(); }

// By the x87 alone: QEMU's own processor raises no exceptions of SSE.
static void divide_by_x87(void) {
    unsigned short control = 0x37f & ~4; // division by zero is not masked
    asm volatile("fldcw %0; fld1; fldz; fdivrp; fwait" : : "m"(control));
}

static char *pages;
static void write_protected(void) { pages[4096 + 123] = 1; }
static void run_data(void) { ((void (*)(void))pages)(); }

static char *mapped;
static void beyond_end(void) { sink = mapped[8192]; }

__attribute__((noinline)) static int deep(int n) {
    volatile char room[1024];
    room[0] = (char)n;
    return n < 0 ? 0 : deep(n + 1) + room[0];
}
static void overflow_stack(void) { deep(0); }

static void try_it(const char *what, void (*act)(void), const void *expected) {
    if (sigsetjmp(back, 1) == 0) {
        act();
        printf("%s: nothing happened\n", what);
        return;
    }
    asm volatile("fninit");
    printf("%s: %s, code %d, vector %ld", what, strsignal(told.si_signo), told.si_code, vector);
    if (expected) printf(", there: %d %d", told.si_addr == expected, (void *)fault_address == expected);
    printf("\n");
}

static void do_nothing(int number) { (void)number; }

/// More signals at once than an alternate stack has room for: the end, before the bytes below the stack are written
/// over.
static void fill_alternate_stack(void) {
    // No multiple of a frame's size, with AVX-512 or without: Linux 6.18 repeats a return for ever where frames fill it
    // to the byte.
    static char stack[20480];
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, NULL);
    sigprocmask(SIG_SETMASK, &all, NULL);
    for (int n = SIGRTMIN; n <= SIGRTMAX; n++) {
        sigaction(n, &(struct sigaction){.sa_handler = do_nothing, .sa_flags = SA_ONSTACK}, NULL);
        raise(n);
    }
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/// A handler whose frame is not what it was: returning from it is a fault of its own.
static void spoil_frame(int number, siginfo_t *info, void *context) {
    (void)number;
    (void)info;
    ((ucontext_t *)context)->uc_mcontext.fpregs = (void *)8;
}

static void return_to_nothing(void) {
    sigaction(SIGUSR1, &(struct sigaction){.sa_sigaction = spoil_frame, .sa_flags = SA_SIGINFO}, NULL);
    raise(SIGUSR1);
}

static void *in_thread(void *unused) {
    static char stack[65536];
    sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, NULL);
    try_it("the stack of a thread", overflow_stack, NULL);
    return unused;
}

int main(int argc, char **argv) {
    static char stack[65536], path[] = "/tmp/faultsXXXXXX";
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc > 1 && strcmp(argv[1], "alternate") == 0) {
        fill_alternate_stack();
        return 1;
    }
    if (argc > 1) {
        // Without a handler: the thread's end is the program's.
        pthread_t thread;
        int is_stack = strcmp(argv[1], "stack") == 0;
        pthread_create(&thread, NULL, (void *(*)(void *))(is_stack ? overflow_stack : read_null), NULL);
        pthread_join(thread, NULL);
        return 1;
    }
    struct sigaction action = {.sa_sigaction = note, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) sigaction(signals[i], &action, NULL);
    sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, NULL);
    pages = mmap(NULL, 16384, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(pages + 4096, 4096, PROT_READ);
    int file = mkstemp(path);
    write(file, "x", 1);
    mapped = mmap(NULL, 16384, PROT_READ, MAP_PRIVATE, file, 0);
    try_it("null", read_null, (void *)16);
    try_it("constant", write_constant, NULL);
    try_it("protected", write_protected, pages + 4096 + 123);
    try_it("data as code", run_data, pages);
    try_it("no code", no_code, (void *)8);
    try_it("no address", no_address, NULL);
    try_it("behind the file", beyond_end, mapped + 8192);
    try_it("division", divide, NULL);
    try_it("quotient", overflow, NULL);
    try_it("floating point", divide_by_x87, NULL);
    try_it("illegal", illegal, NULL);
    printf("at its place: %d\n", told.si_addr >= (void *)illegal && told.si_addr < (void *)((char *)illegal + 64));
    try_it("privileged", privileged, NULL);
    try_it("breakpoint", breakpoint, NULL);
    try_it("the stack", overflow_stack, NULL);
    if (sigsetjmp(back, 1) == 0) return_to_nothing();
    else printf("return to a frame that is spoilt: %s, code %d\n", strsignal(told.si_signo), told.si_code);
    pthread_t thread;
    pthread_create(&thread, NULL, in_thread, NULL);
    pthread_join(thread, NULL);
    unlink(path);
    return 0;
}
