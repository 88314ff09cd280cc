// The few system calls of Linux that the samples make, by number: there is no C library here.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct timespec {
    int64_t seconds, nanoseconds;
};

/// Texts of 64 bytes and a NUL each.
struct uname_text {
    char system[65], node[65], release[65], version[65], machine[65], domain[65];
};

enum { CLOCK_OF_DAY = 0, CLOCK_SINCE_BOOT = 1 };

static inline long linux_call(long number, long a, long b, long c) {
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c)
                     : "rcx", "r11", "memory");
    return result;
}

/// Bytes read, 0 at the end of the input, a negative error number.
static inline long linux_read(int descriptor, void *to, size_t room) {
    return linux_call(0, descriptor, (long)to, (long)room);
}

/// Bytes written, maybe fewer than asked for, or a negative error number.
static inline long linux_write(int descriptor, const void *from, size_t bytes) {
    return linux_call(1, descriptor, (long)from, (long)bytes);
}

static inline long linux_nanosleep(struct timespec wait) {
    return linux_call(35, (long)&wait, 0, 0);
}

static inline long linux_uname(struct uname_text *text) {
    return linux_call(63, (long)text, 0, 0);
}

static inline long linux_clock_gettime(int clock, struct timespec *now) {
    return linux_call(228, clock, (long)now, 0);
}
