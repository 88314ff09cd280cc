// The program: what all of its threads share, and what each of them has. There is one program.
#pragma once

#include "arch/cpu.h"
#include "fs/dentry.h"
#include "fs/descriptors.h"
#include "proc/credentials.h"
#include "proc/signal.h"
#include <stdbool.h>
#include <stdint.h>

/// What the manifest says of the program, resolved.
struct process_settings {
    const char *program;
    const char *const *arguments; // null-terminated
    const char *const *environment;
    const char *system_name, *release, *host_name;
    bool fixed_addresses; // noaslr
    bool trace; // debugsyscalls
    uint32_t user, group; // as whom it starts
};

enum { PROCESS_ID = 1, TASK_NAME = 16, AUXILIARY_MOST = 24 };

struct process {
    struct descriptors files;
    struct dentry *directory; // where relative paths start
    struct dentry *executable;
    uint32_t umask;
    bool not_dumpable; // as prctl PR_SET_DUMPABLE
    uint64_t started_ns;
    struct process_settings settings;
    struct signal_action actions[SIGNAL_LAST + 1];
    struct signal_queue pending; // signals for whichever thread takes them
    char name[TASK_NAME]; // of the first thread
    struct list tasks; // those that live, in the order in which they began
    unsigned task_count;
    uint64_t ran_ns; // processor time of threads that have ended
    const struct task *ender; // the thread that ends the program; all others stop
    uint8_t first_code; // with which the first thread ended, while others went on
    uint64_t image_low, image_high; // of the program itself
    uint64_t auxiliary[AUXILIARY_MOST][2]; // the vector that it was started with
    unsigned auxiliary_count;
};

extern struct process process;

/// What the present system call of a thread has come to when a signal interrupts it.
enum call_state {
    CALL_NONE,
    CALL_RESTARTS, // it starts anew, unless a handler without SA_RESTART was called
    CALL_INTERRUPTED, // it starts anew, unless a handler was called
};

/// What belongs to one thread of the program; hangs on the kernel thread (thread_private).
struct task {
    uint32_t id;
    struct thread *thread;
    struct list node; // in process.tasks
    struct list same; // in the table of ids
    char name[TASK_NAME];
    uint64_t clear_id; // user address: zeroed when the thread ends, and its futex woken
    uint64_t robust_list; // user address of its head

    struct credentials credentials;
    struct signal_queue pending;
    uint64_t blocked; // signals, bit n - 1
    uint64_t awaited; // signals that are unblocked because it waits for them
    uint64_t blocked_after; // to be blocked again when the call that changed `blocked` has ended
    bool has_blocked_after;
    struct signal_stack alternate;
    struct {
        uint64_t vector, error, address;
    } trap; // of the last fault

    int32_t policy, priority; // as it set them: nobody goes by them

    struct trap_frame *frame; // of the system call or fault it is in
    enum call_state call_state;
    bool is_restart; // its present call was started anew by the kernel
    uint64_t call_number;
    uint64_t call_deadline_ns; // of that call: a limit is not longer the second time; 0: none yet

    struct trap_frame start; // how it enters the program
    uint64_t start_fs_base;
    bool has_start_fs_base;
};

/// The program's current thread; null on a kernel thread.
struct task *task_current(void);
/// The thread of that id, or null.
struct task *task_find(uint32_t id);
/// Makes the current kernel thread the program's first. 0 or -ENOMEM.
int task_attach_first(void);
/// A new thread of the program that lacks but its registers: with an id, the current thread's name and blocked signals.
/// Null without memory or ids. To be given to task_start or task_discard.
struct task *task_prepare(void);
/// Lets it begin at `task->start`. 0 or -ENOMEM.
int task_start(struct task *task);
void task_discard(struct task *task);
/// Ends the current thread; with the last one the program ends.
_Noreturn void task_exit(uint8_t code);
/// Keeps all other threads from the program, because the current one ends it. Does not return where another was first.
void task_stop_others(void);
/// Where a thread stays that must not go on.
_Noreturn void task_park(void);
/// Processor time of all threads.
uint64_t process_run_ns(void);
