// Locks on files: those of flock, of fcntl for the program, and of fcntl for open files (OFD).
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct inode;

/// As fcntl's l_type.
enum lock_type { LOCK_READ, LOCK_WRITE, LOCK_NONE };

/// A range that an owner has locked, or wants to: both ends belong to it.
struct lock_range {
    const void *owner; // an open file; null: the program, for record locks of old
    uint64_t start, end;
    uint8_t type;
    bool whole_file; // of flock: these and record locks know nothing of each other
};

struct file_lock {
    struct lock_range range;
    struct file_lock *next;
};

/// Sets or removes a lock. Where another is in its way, waits for it or gives -EAGAIN. 0, -EINTR, -ENOLCK.
long locks_set(struct inode *inode, const struct lock_range *wanted, bool waits);
/// What is in the way of a lock: the first of them, or null. With LOCK_NONE, one of the same owner.
const struct lock_range *locks_find(const struct inode *inode, const struct lock_range *wanted);
/// Removes all that an owner has.
void locks_release(struct inode *inode, const void *owner);
