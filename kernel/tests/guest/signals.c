// Signals: handlers and what they are told, masks, pending and queued ones, restarts, alternate stacks, waiting.
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

static volatile sig_atomic_t calls, last, order[16], ordered;
static siginfo_t told;

static void count(int number) {
    calls++;
    last = number;
}

static void note(int number, siginfo_t *info, void *context) {
    (void)context;
    calls++;
    last = number;
    told = *info;
    if (ordered < 16) order[ordered++] = number * 100 + info->si_value.sival_int;
}

static void handle(int number, void (*handler)(int, siginfo_t *, void *), int flags) {
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags};
    sigaction(number, &action, NULL);
}

static sigset_t set_of(int a, int b) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, a);
    if (b) sigaddset(&set, b);
    return set;
}

static void try_raise(void) {
    signal(SIGUSR1, count);
    raise(SIGUSR1);
    printf("raised: %d calls, signal %d\n", calls, last);
    handle(SIGUSR2, note, 0);
    kill(getpid(), SIGUSR2);
    printf("killed: code %d, from itself %d\n", told.si_code == SI_USER, told.si_pid == getpid());
    syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGUSR2);
    printf("tgkill: code %d\n", told.si_code == SI_TKILL);
    sigqueue(getpid(), SIGUSR2, (union sigval){.sival_int = 77});
    printf("queued: code %d, value %d\n", told.si_code == SI_QUEUE, told.si_value.sival_int);
    // Beyond the highest process id that Linux can be told to use.
    int nobody = kill((1 << 22) + 1, SIGUSR1) == -1 && errno == ESRCH,
        bad = kill(getpid(), 65) == -1 && errno == EINVAL;
    printf("nobody: %d, no signal: %d, bad signal: %d\n", nobody, kill(getpid(), 0), bad);
}

static void try_masks(void) {
    sigset_t both = set_of(SIGUSR1, SIGUSR2), pending;
    calls = 0;
    sigprocmask(SIG_BLOCK, &both, NULL);
    raise(SIGUSR1);
    raise(SIGUSR1);
    sigpending(&pending);
    printf("blocked: %d calls, pending %d %d\n", calls, sigismember(&pending, SIGUSR1), sigismember(&pending, SIGUSR2));
    sigprocmask(SIG_UNBLOCK, &both, NULL);
    printf("unblocked: %d call\n", calls);
    // Real-time signals queue, in order of number, then of age.
    sigset_t queued = set_of(SIGRTMIN + 1, SIGRTMIN + 2);
    handle(SIGRTMIN + 1, note, 0);
    handle(SIGRTMIN + 2, note, 0);
    sigprocmask(SIG_BLOCK, &queued, NULL);
    ordered = 0;
    for (int i = 0; i < 3; i++) sigqueue(getpid(), SIGRTMIN + 2, (union sigval){.sival_int = i});
    for (int i = 0; i < 3; i++) sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = i});
    siginfo_t info;
    int number = sigwaitinfo(&queued, &info);
    printf("taken: %d, value %d\n", number - SIGRTMIN, info.si_value.sival_int);
    sigprocmask(SIG_UNBLOCK, &queued, NULL);
    printf("the others:");
    // The last of them is called first: each handler's frame lies on the one before.
    for (int i = 0; i < ordered; i++) printf(" %d:%d", order[i] / 100 - SIGRTMIN, order[i] % 100);
    printf("\n");
    struct timespec soon = {0, 20000000};
    number = sigtimedwait(&queued, NULL, &soon);
    printf("a limit: %d %s\n", number, strerror(errno));
    // What is ignored is forgotten, also when it was pending.
    sigprocmask(SIG_BLOCK, &both, NULL);
    raise(SIGUSR1);
    signal(SIGUSR1, SIG_IGN);
    sigpending(&pending);
    printf("ignored: pending %d\n", sigismember(&pending, SIGUSR1));
    sigprocmask(SIG_UNBLOCK, &both, NULL);
}

static volatile sig_atomic_t depth, deepest;

static void nested(int number) {
    if (++depth > deepest) deepest = depth;
    if (++calls < 3) raise(number);
    depth--;
}

static void try_flags(void) {
    struct sigaction action = {.sa_handler = nested}, old;
    calls = 0;
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
    printf("deferred: %d deep\n", deepest);
    calls = depth = deepest = 0;
    action.sa_flags = SA_NODEFER;
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
    printf("not deferred: %d deep\n", deepest);
    action = (struct sigaction){.sa_handler = count, .sa_flags = SA_RESETHAND};
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
    sigaction(SIGUSR1, NULL, &old);
    printf("reset: %d\n", old.sa_handler == SIG_DFL);
    printf("not to be handled: %d %d\n", sigaction(SIGKILL, &action, NULL), sigaction(SIGSTOP, &action, NULL));
}

static char *stack;
static volatile int was_inside;

static void look_where(int number) {
    char here;
    stack_t now;
    (void)number;
    sigaltstack(NULL, &now);
    was_inside = &here >= stack && &here < stack + 65536;
    printf("inside: %d, told so: %d, to be changed: %d\n", was_inside, now.ss_flags == SS_ONSTACK,
           sigaltstack(&now, NULL));
}

static void try_stack(void) {
    stack = malloc(65536);
    stack_t alternate = {.ss_sp = stack, .ss_size = 65536}, none = {.ss_flags = SS_DISABLE}, now;
    struct sigaction action = {.sa_handler = look_where, .sa_flags = SA_ONSTACK};
    sigaltstack(&alternate, NULL);
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
    sigaltstack(&none, &now);
    printf("it was there: %d; too small: %d\n", now.ss_sp == stack,
           sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = 100}, NULL) == -1 && errno == ENOMEM);
}

static sigjmp_buf back;

static void jump(int number) { siglongjmp(back, number); }

static void try_jump(void) {
    sigset_t now;
    signal(SIGUSR1, jump);
    int number = sigsetjmp(back, 1);
    if (number == 0) raise(SIGUSR1);
    sigprocmask(SIG_BLOCK, NULL, &now);
    printf("jumped out of %d, still blocked: %d\n", number, sigismember(&now, SIGUSR1));
}

// A handler may change where and with what the program goes on.
static void skip(int number, siginfo_t *info, void *context) {
    ucontext_t *u = context;
    (void)number;
    (void)info;
    u->uc_mcontext.gregs[REG_RIP] += 2; // over ud2
    u->uc_mcontext.gregs[REG_RBX] = 1234;
}

static void try_context(void) {
    long rbx = 1;
    double kept = 1.25;
    handle(SIGILL, skip, 0);
    asm volatile("ud2" : "+b"(rbx), "+x"(kept));
    printf("skipped: %ld, floating point kept: %d\n", rbx, kept == 1.25);
}

static void spoil(int number) {
    (void)number;
    asm volatile("pcmpeqd %%xmm0, %%xmm0; movaps %%xmm0, %%xmm1; movaps %%xmm0, %%xmm7; fldpi" ::
                     : "xmm0", "xmm1", "xmm7");
}

static void try_registers(void) {
    double a = 3.5, b = 4.5;
    long pid = getpid(), number = SIGUSR1, result = SYS_kill;
    signal(SIGUSR1, spoil);
    asm volatile("movsd %1, %%xmm0; movsd %2, %%xmm7; syscall; movsd %%xmm0, %1; movsd %%xmm7, %2"
                 : "+a"(result), "+m"(a), "+m"(b)
                 : "D"(pid), "S"(number)
                 : "xmm0", "xmm7", "rcx", "r11", "memory");
    printf("registers: %g %g\n", a, b);
}

// Calls that a signal of another thread interrupts.
static pthread_t first;
static volatile int is_waiting;

static void *interrupt(void *unused) {
    struct timespec moment = {0, 30000000};
    nanosleep(&moment, NULL);
    pthread_kill(first, SIGUSR1);
    return unused;
}

static int pipe_ends[2];

static void *interrupt_then_write(void *unused) {
    interrupt(unused);
    nanosleep(&(struct timespec){0, 30000000}, NULL);
    write(pipe_ends[1], "x", 1);
    return unused;
}

static void try_restarts(void) {
    pthread_t thread;
    char byte;
    first = pthread_self();
    pipe(pipe_ends);
    struct sigaction action = {.sa_handler = count};
    sigaction(SIGUSR1, &action, NULL);
    calls = 0;
    pthread_create(&thread, NULL, interrupt, NULL);
    long n = read(pipe_ends[0], &byte, 1);
    printf("read: %ld %s, %d call\n", n, strerror(errno), calls);
    pthread_join(thread, NULL);
    action.sa_flags = SA_RESTART;
    sigaction(SIGUSR1, &action, NULL);
    pthread_create(&thread, NULL, interrupt_then_write, NULL);
    n = read(pipe_ends[0], &byte, 1);
    printf("restarted read: %ld %c, %d calls\n", n, byte, calls);
    pthread_join(thread, NULL);
    pthread_create(&thread, NULL, interrupt, NULL);
    struct pollfd entry = {.fd = pipe_ends[0], .events = POLLIN};
    n = poll(&entry, 1, -1);
    printf("poll: %ld %s\n", n, strerror(errno));
    pthread_join(thread, NULL);
    pthread_create(&thread, NULL, interrupt, NULL);
    struct timespec rest = {0, 0};
    n = nanosleep(&(struct timespec){5, 0}, &rest);
    printf("nanosleep: %ld %s, rest %d\n", n, strerror(errno), rest.tv_sec == 4);
    pthread_join(thread, NULL);
    pthread_create(&thread, NULL, interrupt, NULL);
    n = pause();
    printf("pause: %ld %s, %d calls\n", n, strerror(errno), calls);
    pthread_join(thread, NULL);
    // Blocked but for the time of the call.
    sigset_t one = set_of(SIGUSR1, 0), none;
    sigemptyset(&none);
    sigprocmask(SIG_BLOCK, &one, NULL);
    pthread_create(&thread, NULL, interrupt, NULL);
    n = sigsuspend(&none);
    sigprocmask(SIG_BLOCK, NULL, &none);
    printf("sigsuspend: %ld %s, %d calls, blocked again: %d\n", n, strerror(errno), calls, sigismember(&none, SIGUSR1));
    pthread_join(thread, NULL);
    sigemptyset(&none);
    pthread_create(&thread, NULL, interrupt, NULL);
    n = ppoll(NULL, 0, NULL, &none);
    printf("ppoll: %ld %s, %d calls\n", n, strerror(errno), calls);
    pthread_join(thread, NULL);
    pthread_create(&thread, NULL, interrupt, NULL);
    n = pselect(0, NULL, NULL, NULL, NULL, &none);
    printf("pselect: %ld %s, %d calls\n", n, strerror(errno), calls);
    pthread_join(thread, NULL);
    sigprocmask(SIG_UNBLOCK, &one, NULL);
    // A signal that is ignored interrupts nothing.
    signal(SIGUSR1, SIG_IGN);
    pthread_create(&thread, NULL, interrupt, NULL);
    n = nanosleep(&(struct timespec){0, 60000000}, NULL);
    printf("ignored: %ld\n", n);
    pthread_join(thread, NULL);
}

// A signal to the program goes to a thread that does not block it; one that waits for it takes it.
static volatile pthread_t taker;
static void note_taker(int number) {
    (void)number;
    taker = pthread_self();
}

static void *wait_for_it(void *unused) {
    while (!taker) sched_yield();
    return unused;
}

static void *take_it(void *unused) {
    sigset_t set = set_of(SIGUSR2, 0);
    int number = 0;
    (void)unused;
    sigwait(&set, &number);
    return (void *)(long)number;
}

static void try_threads(void) {
    pthread_t thread;
    void *number;
    sigset_t one = set_of(SIGUSR1, SIGUSR2);
    signal(SIGUSR1, note_taker);
    taker = 0;
    pthread_create(&thread, NULL, wait_for_it, NULL);
    pthread_sigmask(SIG_BLOCK, &one, NULL);
    kill(getpid(), SIGUSR1);
    pthread_join(thread, NULL);
    printf("taken by the other thread: %d\n", pthread_equal(taker, thread) != 0);
    pthread_create(&thread, NULL, take_it, NULL);
    kill(getpid(), SIGUSR2);
    pthread_join(thread, &number);
    printf("waited for: %d\n", (long)number == SIGUSR2);
    pthread_sigmask(SIG_UNBLOCK, &one, NULL);
}

/// Masks that have to be read from the program's file first: while that is waited for a signal can come.
enum { ROUNDS = 6, APART = 128 << 10 };
static struct {
    uint64_t mask;
    char rest[APART - sizeof(uint64_t)];
} unread[ROUNDS + 1] = {[1 ... ROUNDS] = {.mask = 1ull << (SIGUSR1 - 1)}};
static volatile sig_atomic_t round_now;

static void *sleep_long(void *unused) {
    while (calls < ROUNDS) sleep(20);
    return unused;
}

static void *send_at_once(void *unused) {
    for (int round = 1; round <= ROUNDS; round++) {
        kill(getpid(), 0); // so that it is quick the next time
        while (round_now < round) {
        }
        kill(getpid(), SIGUSR1);
    }
    return unused;
}

/// A signal that is blocked just when it has come is for another thread, also if that sleeps.
static void try_late_block(void) {
    pthread_t sleeper, sender;
    int in_vain = 0;
    sigset_t one = set_of(SIGUSR1, SIGUSR1);
    calls = round_now = 0;
    signal(SIGUSR1, count);
    pthread_create(&sleeper, NULL, sleep_long, NULL);
    pthread_sigmask(SIG_BLOCK, &one, NULL);
    pthread_create(&sender, NULL, send_at_once, NULL);
    for (int round = 1; round <= ROUNDS; round++) {
        pthread_sigmask(SIG_UNBLOCK, &one, NULL);
        nanosleep(&(struct timespec){0, 2000000}, NULL);
        round_now = round;
        syscall(SYS_rt_sigprocmask, SIG_BLOCK, &unread[round].mask, NULL, sizeof(uint64_t));
        for (int i = 0; i < 2000 && calls < round; i++) nanosleep(&(struct timespec){0, 1000000}, NULL);
        in_vain += calls < round;
    }
    pthread_sigmask(SIG_UNBLOCK, &one, NULL);
    pthread_kill(sleeper, SIGUSR1);
    pthread_join(sleeper, NULL);
    pthread_join(sender, NULL);
    printf("nobody took it: %d\n", in_vain);
}

int main(int argc, char **argv) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc > 1) {
        // Ends by the signal of that number.
        signal(SIGPIPE, SIG_DFL);
        puts("ending");
        raise(atoi(argv[1]));
        puts("still there");
        return 3;
    }
    try_raise();
    try_masks();
    try_flags();
    try_stack();
    try_jump();
    try_context();
    try_registers();
    try_restarts();
    try_threads();
    try_late_block();
    return 0;
}
