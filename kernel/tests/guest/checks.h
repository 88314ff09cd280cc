// What the programs checks_*.c have in common: a line for each call, with what it came to.
#pragma once

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/// Calls, and says what came of it. The call's own text is the line's beginning.
#define CHECK(call)                                                                                                    \
    do {                                                                                                               \
        errno = 0;                                                                                                     \
        long result_ = (long)(call);                                                                                   \
        if (result_ == -1) printf("%s: %s\n", #call, errno ? strerror(errno) : "-1");                                  \
        else printf("%s: %ld\n", #call, result_);                                                                      \
    } while (0)

/// For results that differ from run to run: only whether it worked.
#define CHECK_WORKS(call)                                                                                              \
    do {                                                                                                               \
        errno = 0;                                                                                                     \
        long result_ = (long)(call);                                                                                   \
        printf("%s: %s\n", #call, result_ == -1 ? strerror(errno) : "works");                                          \
    } while (0)

/// An address that is never mapped.
#define NOWHERE ((void *)0x10)
