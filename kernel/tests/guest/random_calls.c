// Calls the kernel at random, from four threads, with arguments of which some are hostile: addresses of the kernel,
// lengths that overflow, descriptors that are closed, frames of signals with anything in them. The kernel has to live,
// and to have all its memory and files back when the program has let go of everything: after each round it is said what
// there is.
//
//     random_calls SECONDS SEED [NUMBER]     NUMBER: of the one system call to make
//
// Only for Pith: on another system it would do harm.
#define _GNU_SOURCE
#include "random_arguments.h"
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <ucontext.h>
#include <unistd.h>

enum { THREADS = 4, ROUND_SECONDS = 4, CALLS = 462, ALT_STACK = 1 << 19, POKE_NS = 3000000, STUCK_POKES = 3000 };

struct worker {
    pthread_t thread;
    volatile pid_t id;
    uint64_t seed;
    volatile uint64_t calls, last[7];
    uint64_t good, faults;
    volatile int is_done;
    uint8_t stack[ALT_STACK] __attribute__((aligned(16)));
};

static struct worker workers[THREADS];
static volatile int stop;
static long only = -1;
static uint64_t first_break;
static __thread struct worker *self;
static __thread void *back[5];
static __thread volatile int is_armed, is_mangling;

static long call(long nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f) {
    register uint64_t r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

static void set_mask(uint64_t mask) { call(SYS_rt_sigprocmask, SIG_SETMASK, (uint64_t)&mask, 0, 8, 0, 0); }

/// Where a thread with a mangled context goes on: nothing of its registers is to be trusted.
void landing(void);
__asm__(".text\nlanding: ud2\n");

/// What rt_sigreturn will read, damaged. Where it goes on is never in the middle of the program.
static void mangle(ucontext_t *context) {
    greg_t *registers = context->uc_mcontext.gregs;
    uint8_t *state = (uint8_t *)context->uc_mcontext.fpregs;
    uint32_t size; // of XSAVE's image, which has at least 576 bytes
    memcpy(&size, state + 464 + 4, sizeof size);
    registers[REG_RIP] = (greg_t)(uintptr_t)landing;
    for (uint64_t n = below(6); n-- > 0;) {
        switch (below(6)) {
        case 0: registers[REG_RIP] = (greg_t)hostile_address(); break;
        case 1: registers[REG_EFL] = (greg_t)any(); break;
        case 2: registers[REG_CSGSFS] = (greg_t)any(); break;
        case 3: registers[below(REG_RIP)] = (greg_t)(one_in(2) ? any() : hostile_address()); break;
        case 4: state[one_in(2) ? 512 + below(64) : below(size)] = (uint8_t)any(); break;
        default: context->uc_mcontext.fpregs = (void *)pointer();
        }
    }
}

static void on_signal(int number, siginfo_t *info, void *context) {
    (void)info;
    if (number == SIGUSR2 && is_mangling) {
        is_mangling = 0;
        mangle(context);
    }
}

/// The call or the access was one too many: on with the next.
static void recover(int number, siginfo_t *info, void *context) {
    uint64_t flags;
    __asm__ volatile("pushfq; pop %0" : "=r"(flags));
    if (flags & 0x400) _exit(97);
    if (!is_armed) {
        printf("signal %d at %p for %p\n", number, (void *)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP],
               info->si_addr);
        _exit(98);
    }
    self->faults++;
    __builtin_longjmp(back, 1);
}

static void handle_all(void) {
    static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    for (int n = 1; n < NSIG; n++) {
        if (n != SIGKILL && n != SIGSTOP) sigaction(n, &action, NULL);
    }
    action = (struct sigaction){.sa_sigaction = recover, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) sigaction(faults[i], &action, NULL);
}

/// A thread that ends at once, with lists and words to clear that may lie anywhere. It touches no stack.
static void clone_something(void) {
    static const uint64_t thread = 0x3d0f00;
    uint64_t flags = one_in(4) ? any() : thread, words[11];
    if (one_in(3)) flags ^= 1ull << below(34);
    for (size_t i = 0; i < 11; i++) words[i] = one_in(3) ? 0 : pointer();
    words[0] = flags & ~0xffull;
    uint64_t number = SYS_clone, a = flags, b = one_in(3) ? pointer() : (uint64_t)arena + PAGE;
    uint64_t c = pointer(), list = pointer();
    if (one_in(3)) {
        number = SYS_clone3;
        a = given(in_arena(sizeof words), words, sizeof words);
        b = one_in(4) ? (uint64_t)below(200) : 64;
    }
    register uint64_t r10 __asm__("r10") = pointer();
    register uint64_t r8 __asm__("r8") = one_in(3) ? hostile_address() : pointer();
    register uint64_t r12 __asm__("r12") = list;
    set_mask(UINT64_MAX);
    __asm__ volatile("syscall\n"
                     "test %%rax, %%rax\n"
                     "jnz 1f\n"
                     "mov %%r12, %%rdi\nmov $24, %%esi\nmov $273, %%eax\nsyscall\n"
                     "mov $60, %%eax\nxor %%edi, %%edi\nsyscall\nud2\n"
                     "1:"
                     : "+a"(number), "+D"(a), "+S"(b), "+d"(c)
                     : "r"(r10), "r"(r8), "r"(r12)
                     : "rcx", "r11", "memory");
    set_mask(0);
}

/// A system call and the kinds of its arguments.
struct shape {
    int number;
    const char *kinds;
};

// f descriptor, s path, p pointer, z length, d number, x few bits, m mask of signals, M address and length of a mapping
// (two arguments), t time, v vector, h message, n socket's name, l its length, k signal, i thread, b break, e timer's
// event, q bad pointer, P protection, F how to map, u name of an extended attribute, w futex operation, A socket
// family, 8 the size of a mask, c command of fcntl, o offset
static const struct shape shapes[] = {
    {0, "fpz"},
    {1, "fpz"},
    {2, "sxx"},
    {3, "f"},
    {4, "sp"},
    {5, "fp"},
    {6, "sp"},
    {7, "pxx"},
    {8, "fod"},
    {9, "MPFfo"},
    {9, "MPFfo"},
    {10, "MP"},
    {11, "M"},
    {12, "b"},
    {13, "kqp8"},
    {14, "xmp8"},
    {16, "fdp"},
    {16, "fdd"},
    {17, "fpzo"},
    {18, "fpzo"},
    {19, "fvx"},
    {20, "fvx"},
    {21, "sx"},
    {22, "p"},
    {22, "p"},
    {23, "dpppt"},
    {24, ""},
    {25, "Mzxq"},
    {26, "Mx"},
    {27, "Mp"},
    {28, "Md"},
    {32, "f"},
    {33, "ff"},
    {34, ""},
    {35, "tp"},
    {36, "xp"},
    {37, "x"},
    {38, "xpp"},
    {40, "ffpz"},
    {41, "Axx"},
    {42, "fnl"},
    {43, "fpp"},
    {44, "fpzxnl"},
    {45, "fpzxpp"},
    {46, "fhx"},
    {47, "fhx"},
    {46, "fhx"},
    {47, "fhx"},
    {48, "fx"},
    {49, "fnl"},
    {50, "fd"},
    {51, "fpp"},
    {52, "fpp"},
    {53, "Axxp"},
    {54, "fxxpz"},
    {55, "fxxpp"},
    {57, ""},
    {59, "spp"},
    {61, "dpxp"},
    {62, "dk"},
    {63, "p"},
    {72, "fcd"},
    {72, "fcp"},
    {73, "fx"},
    {74, "f"},
    {75, "f"},
    {76, "sz"},
    {77, "fz"},
    {79, "pz"},
    {80, "s"},
    {81, "f"},
    {82, "ss"},
    {83, "sx"},
    {83, "sx"},
    {84, "s"},
    {85, "sx"},
    {86, "ss"},
    {87, "s"},
    {88, "ss"},
    {89, "spz"},
    {90, "sx"},
    {91, "fx"},
    {92, "sdd"},
    {93, "fdd"},
    {95, "x"},
    {96, "pp"},
    {97, "xp"},
    {98, "dp"},
    {99, "p"},
    {100, "p"},
    {115, "dp"},
    {118, "ppp"},
    {127, "p8"},
    {128, "mpt8"},
    {129, "dkp"},
    {130, "m8"},
    {131, "qq"},
    {133, "sxx"},
    {137, "sp"},
    {138, "fp"},
    {140, "dd"},
    {143, "dp"},
    {149, "M"},
    {157, "xxxxx"},
    {157, "dpppp"},
    {158, "qd"},
    {162, ""},
    {187, "foz"},
    {188, "sspzx"},
    {191, "sspz"},
    {194, "spz"},
    {200, "ik"},
    {201, "p"},
    {202, "pwdtpd"},
    {202, "pwdtpd"},
    {203, "dzp"},
    {204, "dzp"},
    {213, "d"},
    {217, "fpz"},
    {221, "fozd"},
    {222, "xep"},
    {223, "xxtp"},
    {224, "xp"},
    {225, "x"},
    {226, "x"},
    {228, "dp"},
    {229, "dp"},
    {230, "xxtp"},
    {232, "fpdx"},
    {233, "fxfp"},
    {234, "iik"},
    {257, "fsxx"},
    {257, "fsdx"},
    {258, "fsx"},
    {259, "fsxx"},
    {260, "fsddx"},
    {262, "fspx"},
    {263, "fsx"},
    {263, "fsd"},
    {264, "fsfs"},
    {265, "fsfsx"},
    {266, "sfs"},
    {267, "fspz"},
    {268, "fsx"},
    {269, "fsx"},
    {270, "dpppt"},
    {271, "pxtm8"},
    {273, "pz"},
    {275, "fpfpzx"},
    {275, "f0f0zx"},
    {276, "ffzx"},
    {280, "fspx"},
    {281, "fpdxm8"},
    {282, "fm8"},
    {283, "xx"},
    {284, "d"},
    {285, "fxoz"},
    {286, "fxtp"},
    {287, "fp"},
    {288, "fppx"},
    {289, "fm8x"},
    {290, "dx"},
    {291, "0"},
    {292, "ffx"},
    {293, "px"},
    {293, "p0"},
    {294, "0"},
    {254, "fsd"},
    {255, "fx"},
    {295, "fvxo"},
    {296, "fvxo"},
    {297, "dikp"},
    {299, "fhxxt"},
    {302, "xxqp"},
    {306, "f"},
    {307, "fhxx"},
    {309, "pp"},
    {316, "fsfsx"},
    {318, "pzx"},
    {319, "sx"},
    {324, "xxd"},
    {326, "fpfpzx"},
    {326, "f0f0zx"},
    {327, "fvxoox"},
    {328, "fvxoox"},
    {332, "fsxxp"},
    {436, "ffx"},
    {439, "fsxx"},
    {441, "fpdtm8"},
    // Of whom nobody is another, times, and the program as a file.
    {94, "sdd"},
    {102, ""},
    {105, "x"},
    {106, "x"},
    {109, "dd"},
    {111, ""},
    {112, ""},
    {113, "xx"},
    {114, "xx"},
    {116, "xp"},
    {117, "xxx"},
    {119, "xxx"},
    {120, "ppp"},
    {121, "d"},
    {122, "x"},
    {123, "x"},
    {124, "d"},
    {125, "pp"},
    {126, "pp"},
    {132, "sp"},
    {135, "d"},
    {141, "ddx"},
    {142, "ip"},
    {144, "idp"},
    {145, "i"},
    {146, "x"},
    {147, "x"},
    {148, "ip"},
    {150, "M"},
    {151, "x"},
    {152, ""},
    {160, "xq"},
    {186, ""},
    {189, "supzx"},
    {188, "supzx"},
    {190, "fupzx"},
    {191, "supz"},
    {192, "supz"},
    {193, "fupz"},
    {195, "spz"},
    {196, "fpz"},
    {197, "su"},
    {198, "su"},
    {199, "fu"},
    {235, "sp"},
    {247, "ddppx"},
    {251, "ddd"},
    {252, "dd"},
    {253, ""},
    {261, "fsp"},
    {274, "ipp"},
    {277, "fodx"},
    {278, "fvxx"},
    {325, "Mx"},
    {424, "fkpx"},
    {434, "ix"},
    {438, "ffx"},
};

static uint64_t wanted_thread(void) { return one_in(10) ? number() : (uint64_t)workers[below(THREADS)].id; }

static uint64_t argument(char kind) {
    static const char *const attributes[] = {"user.a", "user.b", "user.c", "trusted.a", "security.capability", "user."};
    static const int protections[] = {PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE, PROT_READ, PROT_NONE,
                                      PROT_READ | PROT_EXEC};
    switch (kind) {
    case 'f': return descriptor();
    case 's': return path();
    case 'p': return pointer();
    case 'z': return length();
    case 'o': return one_in(3) ? number() : PAGE * below(64);
    case 'x': return one_in(16) ? number() : one_in(2) ? below(8) : 1ull << below(20) | below(4);
    case 'm': return signal_mask();
    case 't': return time_span();
    case 'v': return vector();
    case 'h': return message();
    case 'n': return socket_name();
    case 'u': return one_in(4) ? path() : (uint64_t)attributes[below(sizeof attributes / sizeof *attributes)];
    case 'k': return signal_number();
    case 'i': return wanted_thread();
    case 'e': return timer_event();
    case 'q': return hostile_address();
    case 'b': return one_in(2) ? hostile_address() | 1ull << 63 : first_break + below(1 << 20);
    case 'P': return one_in(12) ? number() : (uint64_t)protections[below(5)];
    case 'F':
        return (one_in(16) ? number()
                           : 1 + below(2) + (one_in(2) ? MAP_ANONYMOUS : 0) + (one_in(8) ? MAP_POPULATE : 0)) |
               MAP_FIXED;
    case 'w': return one_in(12) ? number() : below(14) | (one_in(2) ? 128 : 0) | (one_in(4) ? 256 : 0);
    case 'A': return one_in(12) ? number() : one_in(8) ? AF_NETLINK : one_in(3) ? AF_INET : AF_UNIX;
    case 'l': return one_in(6) ? number() : one_in(2) ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_un);
    case '8': return one_in(10) ? number() : 8;
    case 'c': return one_in(6) ? number() : one_in(3) ? 1024 + below(20) : below(16);
    case '0': return 0;
    default: return number();
    }
}

static void one_call(void) {
    const struct shape *s = &shapes[below(sizeof shapes / sizeof *shapes)];
    uint64_t a[6];
    while (only >= 0 && s->number != only) s = &shapes[below(sizeof shapes / sizeof *shapes)];
    unsigned at = 0;
    for (const char *kind = s->kinds; *kind && at < 6; kind++) {
        if (*kind == 'M') {
            a[at] = mapping(&a[at + 1]);
            at += 2;
        } else {
            a[at++] = argument(*kind);
        }
    }
    while (at < 6) a[at++] = one_in(8) ? any() : 0;
    // What reads the program's own words by its number would end it, stop it or take its ears.
    if (s->number == SYS_mremap) a[3] &= ~2ull; // not to a fixed place
    if (s->number == SYS_close_range && (uint32_t)a[0] <= 2) return;
    if (s->number == SYS_kill && (int)a[0] <= 0) a[0] = (uint64_t)getpid();
    self->last[0] = (uint64_t)s->number;
    for (int i = 0; i < 6; i++) self->last[i + 1] = a[i];
    long result = call(s->number, a[0], a[1], a[2], a[3], a[4], a[5]);
    self->good += result >= 0 || result < -4095;
    if (s->number == SYS_mremap && result > 0 &&
        ((uint64_t)result < (uint64_t)arena || (uint64_t)result >= (uint64_t)arena + ARENA))
        call(SYS_munmap, (uint64_t)result, a[2], 0, 0, 0, 0);
}

static void touch(void) {
    volatile uint8_t *at = (uint8_t *)pointer();
    if (one_in(2)) *at = (uint8_t)any();
    else (void)*at;
}

/// Numbers and addresses for what the kernel will read.
static void fill(void) {
    uint64_t *at = (uint64_t *)((uint64_t)in_arena(4096) & ~7ull);
    for (uint64_t n = below(64); n-- > 0; at++)
        *at = one_in(3) ? pointer() : one_in(2) ? number() : descriptor() | below(64) << 32;
}

static void *work(void *context) {
    self = context;
    random_state = self->seed | 1;
    stack_t stack = {.ss_sp = self->stack, .ss_size = ALT_STACK};
    sigaltstack(&stack, NULL);
    self->id = (pid_t)syscall(SYS_gettid);
    (void)__builtin_setjmp(back);
    is_armed = 1;
    set_mask(0);
    while (!stop) {
        uint64_t what = below(64);
        is_mangling = 0;
        if (what == 0 && only < 0) {
            is_mangling = 1;
            call(SYS_tkill, (uint64_t)self->id, SIGUSR2, 0, 0, 0, 0);
        } else if (what == 1 && only < 0) {
            clone_something();
        } else if (what < 6) {
            touch();
        } else if (what < 12) {
            fill();
        } else {
            one_call();
        }
        self->calls++;
        if (one_in(16)) set_mask(0);
    }
    set_mask(UINT64_MAX); // first: the others send signals of faults too
    is_armed = 0;
    self->is_done = 1;
    return NULL;
}

/// Empties a folder, but for those of its names that `keeps` says.
static void remove_all(int parent, const char *folder, int (*keeps)(const char *name)) {
    int fd = openat(parent, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    DIR *open = fd < 0 ? NULL : fdopendir(fd);
    if (!open) return;
    for (struct dirent *entry; (entry = readdir(open));) {
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || (keeps && keeps(name))) continue;
        if (unlinkat(fd, name, 0) != 0) {
            remove_all(fd, name, NULL);
            unlinkat(fd, name, AT_REMOVEDIR);
        }
    }
    closedir(open);
}

static char root_names[64][64];
static int root_count;

static int keeps_in_root(const char *name) {
    for (int i = 0; i < root_count; i++) {
        if (strcmp(root_names[i], name) == 0) return 1;
    }
    return 0;
}

/// What is in the root before the calls, which may change the working directory, put something there.
static void remember_root(void) {
    DIR *open = opendir("/");
    if (!open) _exit(93);
    for (struct dirent *entry; (entry = readdir(open)) && root_count < 64;) {
        snprintf(root_names[root_count++], sizeof *root_names, "%s", entry->d_name);
    }
    closedir(open);
}

/// Lets go of everything that the calls may have left. Signals are blocked: those that wait are taken.
static void clean_up(void) {
    static const char *const folders[] = {"/random", "/tmp", "/dev/shm"};
    const struct itimerval never = {0};
    const struct timespec now = {0};
    sigset_t all;
    sigfillset(&all);
    for (int which = 0; which < 3; which++) setitimer(which, &never, NULL);
    for (uint64_t timer = 0; timer < 4096; timer++) call(SYS_timer_delete, timer, 0, 0, 0, 0, 0);
    while (sigtimedwait(&all, NULL, &now) > 0) {
    }
    call(SYS_close_range, 3, ~0u, 0, 0, 0, 0);
    munmap(arena, ARENA + PAGE);
    call(SYS_brk, first_break, 0, 0, 0, 0, 0);
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) remove_all(AT_FDCWD, folders[i], NULL);
    remove_all(AT_FDCWD, "/", keeps_in_root);
    sync();
}

/// Wakes who waits for something that never comes. A thread that is where it was after hundreds of wakings is stuck.
static void poke(unsigned *stuck, uint64_t *seen) {
    for (int i = 0; i < THREADS; i++) {
        struct worker *w = &workers[i];
        if (w->is_done || w->id == 0) continue;
        call(SYS_tgkill, (uint64_t)getpid(), (uint64_t)w->id, SIGUSR1, 0, 0, 0);
        stuck[i] = w->calls == seen[i] ? stuck[i] + 1 : 0;
        seen[i] = w->calls;
        if (stuck[i] < STUCK_POKES) continue;
        printf("stuck in call %lu(%lx, %lx, %lx, %lx, %lx, %lx)\n", w->last[0], w->last[1], w->last[2], w->last[3],
               w->last[4], w->last[5], w->last[6]);
        _exit(96);
    }
}

static uint64_t seconds_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec;
}

static unsigned number_in(const char *path) {
    unsigned n = 0;
    FILE *file = fopen(path, "r");
    if (!file || fscanf(file, "%u", &n) != 1) _exit(92);
    fclose(file);
    return n;
}

static void one_round(uint64_t number, uint64_t seed, uint64_t seconds) {
    unsigned stuck[THREADS] = {0};
    uint64_t seen[THREADS] = {0}, calls = 0, good = 0, faults = 0;
    const struct rlimit files = {1024, 4096};
    const struct timespec pause = {0, POKE_NS};
    arena = mmap(NULL, ARENA + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(arena + ARENA, PAGE, PROT_NONE);
    if (arena == MAP_FAILED || chdir("/random") != 0) _exit(95);
    stop = 0;
    for (int i = 0; i < THREADS; i++) {
        memset(&workers[i], 0, sizeof workers[i]);
        workers[i].seed = seed * 0x9e3779b97f4a7c15ull + (uint64_t)i * 77777 + number * 999983;
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0) _exit(94);
    }
    for (uint64_t end = seconds_now() + seconds; seconds_now() < end; poke(stuck, seen)) nanosleep(&pause, NULL);
    stop = 1;
    for (int left = 1; left; poke(stuck, seen)) {
        left = 0;
        for (int i = 0; i < THREADS; i++) left |= !workers[i].is_done;
        nanosleep(&pause, NULL);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
        calls += workers[i].calls;
        good += workers[i].good;
        faults += workers[i].faults;
    }
    chdir("/");
    setrlimit(RLIMIT_NOFILE, &files);
    clean_up();
    struct sysinfo memory;
    unsigned open_files = number_in("/proc/sys/fs/file-nr"); // with this one
    sysinfo(&memory);
    printf("round %lu: %lu calls, %lu good, %lu faults, %u files, %lu KiB free\n", number, calls, good, faults,
           open_files, memory.freeram >> 10);
}

int main(int argc, char **argv) {
    static char output[4096];
    struct utsname system;
    setvbuf(stdout, output, _IOLBF, sizeof output);
    uname(&system);
    if (!strstr(system.version, "Pith") || argc < 3) {
        printf("only for Pith: random_calls SECONDS SEED [NUMBER]\n");
        return 2;
    }
    uint64_t seconds = strtoull(argv[1], NULL, 10), seed = strtoull(argv[2], NULL, 10);
    if (argc > 3) only = atol(argv[3]);
    mkdir("/random", 0700);
    remember_root();
    first_break = (uint64_t)call(SYS_brk, 0, 0, 0, 0, 0, 0) + (1 << 16);
    call(SYS_brk, first_break, 0, 0, 0, 0, 0);
    handle_all();
    set_mask(UINT64_MAX);
    uint64_t begin = seconds_now();
    for (uint64_t round = 1; seconds_now() < begin + seconds; round++) one_round(round, seed, ROUND_SECONDS);
    printf("done\n");
    return 0;
}
