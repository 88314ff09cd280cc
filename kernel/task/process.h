// The program: what all of its threads share. There is one.
#pragma once

#include "fs/dentry.h"
#include "fs/descriptors.h"
#include "task/signal.h"
#include <stdbool.h>
#include <stdint.h>

/// What the manifest says of the program, resolved.
struct process_settings {
    const char *program;
    const char *const *arguments; // null-terminated
    const char *const *environment;
    const char *system_name, *release, *host_name;
    bool fixed_addresses; // noaslr
    bool trace;           // debugsyscalls
};

enum { PROCESS_ID = 1 };

struct process {
    struct descriptors files;
    struct dentry *directory;  // where relative paths start
    struct dentry *executable;
    uint32_t umask;
    uint64_t started_ns;
    struct process_settings settings;
    struct signal_action actions[SIGNAL_LAST + 1];
    char name[16]; // prctl PR_SET_NAME of the first thread
    uint64_t image_low, image_high; // of the program itself
};

extern struct process process;

/// What belongs to one thread of the program; hangs on the kernel thread (thread_private).
struct task {
    uint32_t id;
    uint64_t clear_id; // user address: zeroed when the thread ends, and its futex woken
    uint64_t robust_list, robust_length;
    uint64_t blocked; // signals, bit n - 1
    struct signal_stack alternate;
    const struct trap_frame *frame; // of the system call or fault it is in
};

/// The program's current thread; null on a kernel thread.
struct task *task_current(void);
/// Makes the current kernel thread the program's thread `id`. 0 or -ENOMEM.
int task_attach(uint32_t id);
