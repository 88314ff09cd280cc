// Types and permissions of files, and the flags of open and fallocate, as the x86-64 ABI has them.
#pragma once

#include <stdbool.h>

enum {
    MODE_TYPE = 0170000,
    MODE_SOCKET = 0140000,
    MODE_LINK = 0120000,
    MODE_FILE = 0100000,
    MODE_BLOCK = 0060000,
    MODE_DIRECTORY = 0040000,
    MODE_CHARACTER = 0020000,
    MODE_PIPE = 0010000,
    MODE_PERMISSIONS = 07777,
};

enum {
    OPEN_READ = 0,
    OPEN_WRITE = 1,
    OPEN_READ_WRITE = 2,
    OPEN_ACCESS = 3,
    OPEN_CREATE = 0100,
    OPEN_EXCLUSIVE = 0200,
    OPEN_NO_CTTY = 0400,
    OPEN_TRUNCATE = 01000,
    OPEN_APPEND = 02000,
    OPEN_NONBLOCK = 04000,
    OPEN_DSYNC = 010000,
    OPEN_ASYNC = 020000,
    OPEN_DIRECT = 040000,
    OPEN_LARGE_FILE = 0100000,
    OPEN_DIRECTORY = 0200000,
    OPEN_NO_FOLLOW = 0400000,
    OPEN_NO_ATIME = 01000000,
    OPEN_CLOSE_ON_EXEC = 02000000,
    OPEN_SYNC = 04010000,
    OPEN_PATH = 010000000,
    OPEN_TEMPORARY = 020200000,
    OPEN_KNOWN = 037777703,
    OPEN_RESOLVE_SHIFT = 24, // behind the flags: openat2's `resolve`
};

enum { ALLOCATE_KEEP_SIZE = 1, ALLOCATE_PUNCH_HOLE = 2, ALLOCATE_ZERO_RANGE = 16 };

/// Whether a mode says something that others count on: nobody but the owner may come near, or set-id and sticky bits.
static inline bool mode_is_special(unsigned mode) { return (mode & 0077) == 0 || (mode & 07000) != 0; }

/// The type that getdents gives for a mode.
static inline unsigned char mode_directory_type(unsigned mode) { return (unsigned char)((mode & MODE_TYPE) >> 12); }
