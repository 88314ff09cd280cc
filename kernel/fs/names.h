// The names of a directory that is in memory: found by name, and listed in the order in which they were made. Each has
// a position of its own, so that reading a directory while names come and go neither repeats nor skips what stays.
#pragma once

#include "fs/inode.h"

struct name {
    struct name *next; // in its bucket
    struct inode *inode;
    uint64_t position;
    uint32_t hash;
    uint32_t length;
    char bytes[]; // with a NUL behind it
};

/// All zeros is an empty one.
struct names {
    struct name **buckets;
    size_t bucket_count, count; // buckets: a power of two
    struct radix by_position;
    uint64_t next_position;
};

/// Null if it is not there.
struct name *names_find(const struct names *names, const char *bytes, size_t length);
/// Adds a name that is not there yet, without a reference to its inode. 0 or -ENOMEM.
int names_add(struct names *names, const char *bytes, size_t length, struct inode *inode);
/// Takes a name out and frees it.
void names_remove(struct names *names, struct name *name);
/// The first name at `position` or behind it; null at the end.
struct name *names_next(const struct names *names, uint64_t position);
/// Frees the table, which is empty.
void names_free(struct names *names);
