// System calls: how they are declared, found and described.
#pragma once

#include "arch/frame.h"
#include "arch/syscall_numbers.h"
#include "arch/user.h"
#include <stdbool.h>
#include <stdint.h>

struct file;
struct dentry;
struct inode;

/// One call: its number, its arguments as the registers had them, and the registers.
struct syscall {
    uint64_t number;
    uint64_t arg[SYSCALL_ARGUMENTS];
    struct trap_frame *frame;
};

/// Returns the result, or a negative errno.
typedef long syscall_function(const struct syscall *c);

struct syscall_entry {
    const char *name; // null: no such number
    syscall_function *function; // null: not there yet
    /// One letter an argument, for the trace: d number, f descriptor, p address, s string, x bits, o octal, z size.
    const char *arguments;
    /// C libraries, runtimes and databases probe for it and have another way where it is missing: no remark is made.
    bool optional;
};

extern const struct syscall_entry syscall_table[SYSCALL_COUNT];

/// What the architecture calls (cpu.h, struct program_hooks).
void syscall_dispatch_program(struct trap_frame *frame);

/// Writes one line for a finished call, strace-like.
void syscall_trace(const struct syscall *c, const struct syscall_entry *entry, long result);

/// Which calls are shown: those of `only`, or all if it is empty, but not those of `except`. Null-terminated lists.
void syscall_trace_choose(const char *const *only, const char *const *except);

/// The file of a descriptor with a reference, or null (-EBADF). One that stands for its place only (O_PATH) is not
/// given.
struct file *file_of(uint64_t descriptor);
/// The same with those: for what asks of the descriptor or the place.
struct file *file_of_any(uint64_t descriptor);

/// Gives two files (whose references are taken over) descriptors, and writes these to `to`. 0 or a negative errno.
long put_pair(struct file *a, struct file *b, bool close_on_exec, user_ptr_t to);

/// A path from the program, and the directory that it is seen from.
struct user_path {
    char *text;
    struct dentry *base;
};

enum { AT_WORKING_DIRECTORY = -100 };

/// 0, -EFAULT, -ENAMETOOLONG, -EBADF, -ENOTDIR, -ENOMEM. `user_path_put` gives back what it took.
int user_path_get(struct user_path *p, uint64_t directory, user_ptr_t path);
void user_path_put(struct user_path *p);
/// The place of a descriptor that is a directory, or the working directory, with a reference. 0, -EBADF, -ENOTDIR.
int directory_of(uint64_t descriptor, struct dentry **place);

/// Notes whose a file is that the current thread has made in `directory` (inode_made).
void inode_belongs(struct inode *made, const struct inode *directory);

/// As struct timespec.
struct time_value {
    int64_t seconds, nanoseconds;
};

struct time_value time_value_of(uint64_t ns);
/// Nanoseconds from the program's timespec: 0, -EFAULT, -EINVAL. What is too large becomes the largest.
int time_from_user(user_ptr_t from, uint64_t *ns);
/// When a wait that may take `ns` from now ends, on the clock_ns() scale. When the kernel starts the call anew after a
/// signal, that is when it would have ended.
uint64_t call_deadline(uint64_t ns);
/// The same for waiting for files, where no time at all means not to wait: 0.
uint64_t poll_deadline(uint64_t ns);
/// Whether sleeps and timers go by a clock: 0, -EINVAL for one that does not exist, -EOPNOTSUPP.
long clock_check_timers(int32_t clock);
/// The set of signals at `set` of `size` bytes. 0, -EINVAL, -EFAULT.
int signal_set_from_user(user_ptr_t set, uint64_t size, uint64_t *signals);
/// Blocks the signals of such a set until the call has ended; a null `set` changes nothing. The same results.
int block_signals_for_call(user_ptr_t set, uint64_t size);
