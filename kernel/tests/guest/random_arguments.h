// Arguments for system calls, by kind: mostly such that a call gets somewhere, and now and then hostile. Each thread
// has its own row of random numbers. Memory that the kernel is told to write to is always in the arena, behind which
// there is a page that nobody may touch: what a call overwrites there can't harm the program.
#pragma once

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>

enum { ARENA = 4 << 20, PAGE = 4096, DESCRIPTORS = 40 };

static uint8_t *arena;
static __thread uint64_t random_state;

static uint64_t any(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state * 0x2545f4914f6cdd1dull;
}

static uint64_t below(uint64_t n) { return (any() >> 11) % n; }
static int one_in(uint64_t n) { return below(n) == 0; }

/// Addresses that are not the program's to use, and ends of what is.
static uint64_t hostile_address(void) {
    static const uint64_t known[] = {0,
                                     1,
                                     8,
                                     0xfff,
                                     0x1000,
                                     0x7ffffffff000,
                                     0x7ffffffffff8,
                                     0x7fffffffffff,
                                     0x800000000000,
                                     0xffff7fffffffffff,
                                     0xffff800000000000,
                                     0xffff800000100000,
                                     0xffffc00000000000,
                                     0xffffffff80000000,
                                     0xffffffff80100000,
                                     0xffffffffff600000,
                                     0xfffffffffffff000,
                                     0xfffffffffffffff8,
                                     UINT64_MAX,
                                     0x8000000000000000,
                                     0x7fffffffffffffff};
    uint64_t address = known[below(sizeof known / sizeof *known)];
    return one_in(4) ? address - below(64) * below(64) : address;
}

static uint64_t number(void) {
    static const uint64_t telling[] = {0,
                                       1,
                                       2,
                                       3,
                                       7,
                                       8,
                                       16,
                                       24,
                                       64,
                                       127,
                                       255,
                                       511,
                                       512,
                                       4095,
                                       4096,
                                       4097,
                                       65535,
                                       65536,
                                       1 << 20,
                                       INT32_MAX,
                                       1ull << 31,
                                       UINT32_MAX,
                                       1ull << 32,
                                       INT64_MAX,
                                       1ull << 63,
                                       UINT64_MAX,
                                       (uint64_t)-2,
                                       (uint64_t)-4096,
                                       (uint64_t)-100,
                                       1000000000,
                                       999999999};
    uint64_t n = telling[below(sizeof telling / sizeof *telling)];
    switch (below(8)) {
    case 0: return any();
    case 1: return 1ull << below(64);
    case 2: return n + below(9) - 4;
    case 3:
    case 4: return below(100);
    default: return n;
    }
}

static uint64_t length(void) { return one_in(6) ? number() : one_in(3) ? below(70000) : below(300); }

/// Never one of the three that the program speaks and listens by, also not in its lower half.
static uint64_t descriptor(void) {
    uint64_t fd = one_in(20) ? number() : one_in(30) ? (uint64_t)AT_FDCWD : 3 + below(DESCRIPTORS);
    return (uint32_t)fd <= 2 ? 3 : fd;
}

static uint8_t *in_arena(uint64_t bytes) {
    if (one_in(8)) return arena + ARENA - bytes; // the last bytes, if `bytes` is honest
    uint8_t *at = arena + below(ARENA - bytes);
    return one_in(4) ? at : (uint8_t *)((uint64_t)at & ~7ull);
}

static uint64_t pointer(void) {
    return one_in(8) ? hostile_address() : (uint64_t)in_arena(one_in(2) ? below(64) : 8192);
}

/// Something put together, in the arena; or something else. Any page of it may be gone or read-only just now: then this
/// thread's signal handler gives the call up.
static uint64_t given(uint8_t *at, const void *from, uint64_t bytes) {
    if (one_in(12)) return pointer();
    memcpy(at, from, bytes);
    return (uint64_t)at;
}

static const char *const paths[] = {
    "a",
    "b",
    "c",
    "e",
    "d",
    "d/a",
    "d/b",
    "d/d",
    "d/d/a",
    "./a",
    "d/../b",
    "d/",
    "a/",
    ".",
    "..",
    "/",
    "",
    "link",
    "d/link",
    "//",
    "/tmp/a",
    "/tmp/d",
    "/dev/shm/a",
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
    "/proc/self/maps",
    "/proc/self/status",
    "/proc/self/stat",
    "/proc/self/fd",
    "/proc/self/fd/5",
    "/proc/self/cmdline",
    "/proc/meminfo",
    "/proc/cpuinfo",
    "/proc",
    "/dev",
    "/sys/devices/system/cpu/online",
    "/proc/self/../self/fd/7",
    "/proc/self/cwd/a",
    "socket",
};

static uint64_t path(void) {
    static char longest[6000];
    if (longest[0] == 0) {
        memset(longest, 'n', sizeof longest - 1);
        for (size_t i = 250; i + 1 < sizeof longest; i += 251) longest[i] = '/';
    }
    if (one_in(12)) return pointer();
    if (one_in(20)) return (uint64_t)(longest + below(sizeof longest));
    return (uint64_t)paths[below(sizeof paths / sizeof *paths)];
}

/// Signals that may be blocked without making the threads deaf to what wakes them and to what their own faults raise.
static uint64_t signal_mask(void) {
    static __thread uint64_t mask[2];
    const uint64_t never = 1ull << (SIGUSR1 - 1) | 1ull << (SIGUSR2 - 1) | 1ull << (SIGSEGV - 1) |
                           1ull << (SIGBUS - 1) | 1ull << (SIGILL - 1) | 1ull << (SIGFPE - 1) | 1ull << (SIGTRAP - 1);
    if (one_in(6)) return hostile_address();
    mask[0] = (one_in(2) ? 0 : any()) & ~never;
    return (uint64_t)mask;
}

static uint64_t signal_number(void) {
    uint64_t n = one_in(10) ? number() : below(66);
    uint32_t is = (uint32_t)n;
    return is == SIGKILL || is == SIGSTOP || is == 32 || is == 33 ? 0 : n; // glibc keeps 32 and 33 for itself
}

static uint64_t time_span(void) {
    uint8_t *at = in_arena(32);
    struct timespec spans[2] = {{0, (long)below(3000000)}, {0, (long)below(3000000)}};
    if (one_in(4)) spans[below(2)] = (struct timespec){(long)number(), (long)number()};
    return given(at, spans, sizeof spans);
}

static uint64_t vector(void) {
    struct iovec v[8];
    for (int i = 0; i < 8; i++) v[i] = (struct iovec){(void *)pointer(), one_in(8) ? number() : below(5000)};
    uint8_t *at = in_arena(sizeof v);
    return given(at, v, sizeof v);
}

/// A name of any family; of the Internet's only what is within the machine.
static uint64_t socket_name(void) {
    struct sockaddr_in in = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)(8000 + below(4))), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    if (one_in(4)) in.sin_addr.s_addr = INADDR_ANY;
    if (one_in(3)) return given(in_arena(sizeof in), &in, sizeof in);
    struct sockaddr_un name = {.sun_family = one_in(8) ? (sa_family_t)any() : AF_UNIX};
    memcpy(name.sun_path + one_in(3), one_in(3) ? "socket" : "other", 7);
    uint8_t *at = in_arena(sizeof name);
    return given(at, &name, sizeof name);
}

/// A message with descriptors, whose lengths are right more often than not.
static uint64_t message(void) {
    struct {
        struct msghdr header;
        struct cmsghdr control;
        int descriptors[6];
    } m = {.control = {one_in(4) ? number() : sizeof m.control + 4 * below(7), SOL_SOCKET,
                       one_in(5) ? (int)number() : SCM_RIGHTS}};
    uint8_t *at = in_arena(sizeof m);
    for (int i = 0; i < 6; i++) m.descriptors[i] = (int)descriptor();
    m.header = (struct msghdr){.msg_name = one_in(3) ? (void *)socket_name() : NULL,
                               .msg_namelen = (socklen_t)(one_in(3) ? number() : 0),
                               .msg_iov = (void *)vector(),
                               .msg_iovlen = one_in(6) ? number() : below(9),
                               .msg_control = one_in(2) ? at + sizeof m.header : (void *)pointer(),
                               .msg_controllen = one_in(4) ? number() : sizeof m.control + 4 * below(7)};
    return given(at, &m, sizeof m);
}

/// A timer's event: without one, or with a signal that does no harm.
static uint64_t timer_event(void) {
    static __thread struct sigevent event;
    event = (struct sigevent){.sigev_notify = one_in(8) ? (int)number() : SIGEV_SIGNAL,
                              .sigev_signo = SIGRTMIN + (int)below(4)};
    return one_in(3) ? 0 : one_in(4) ? hostile_address() : (uint64_t)&event;
}

/// For calls that change mappings: within the arena, or where no program may.
static uint64_t mapping(uint64_t *bytes) {
    *bytes = one_in(10) ? number() : PAGE * (1 + below(16));
    if (one_in(6)) {
        uint64_t at = hostile_address();
        // Not from below to over the program's own mappings.
        return at < 0x800000000000 && *bytes < 1ull << 63 ? 0x7ffffffff000 : at;
    }
    if (*bytes > 64 * PAGE) *bytes = one_in(2) ? UINT64_MAX - below(2 * PAGE) : INT64_MAX;
    uint64_t at = (uint64_t)arena + PAGE * below(ARENA / PAGE - 64);
    return one_in(10) ? at + below(PAGE) : at;
}
