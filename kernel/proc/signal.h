// Signals: their names, what they do by default, what the program wants done with them; sending and delivering them.
//
// The sender of a signal queues it and interrupts the thread that is to take it; what it does happens in that thread,
// on its way back to the program (signal_before_user). Masked interrupts are the lock of all queues, so that timers can
// send.
#pragma once

#include "arch/signal_frame.h"
#include "proc/signal_queue.h"
#include <stdbool.h>
#include <stdint.h>

struct task;
struct trap_frame;
struct wait_queue;

enum {
    SIGNAL_HUP = 1,
    SIGNAL_INT,
    SIGNAL_QUIT,
    SIGNAL_ILL,
    SIGNAL_TRAP,
    SIGNAL_ABRT,
    SIGNAL_BUS,
    SIGNAL_FPE,
    SIGNAL_KILL,
    SIGNAL_USR1,
    SIGNAL_SEGV,
    SIGNAL_USR2,
    SIGNAL_PIPE,
    SIGNAL_ALRM,
    SIGNAL_TERM,
    SIGNAL_STKFLT,
    SIGNAL_CHLD,
    SIGNAL_CONT,
    SIGNAL_STOP,
    SIGNAL_TSTP,
    SIGNAL_TTIN,
    SIGNAL_TTOU,
    SIGNAL_URG,
    SIGNAL_XCPU,
    SIGNAL_XFSZ,
    SIGNAL_VTALRM,
    SIGNAL_PROF,
    SIGNAL_WINCH,
    SIGNAL_IO,
    SIGNAL_PWR,
    SIGNAL_SYS,
    SIGNAL_LAST = 64,
};

#define SIGNAL_DEFAULT 0ull
#define SIGNAL_IGNORE 1ull

/// As the kernel's struct sigaction.
struct signal_action {
    uint64_t handler, flags, restorer, mask;
};

/// signal_action.flags.
enum signal_flags {
    SIGNAL_SA_INFO = 4,
    SIGNAL_SA_RESTORER = 0x4000000,
    SIGNAL_SA_ON_STACK = 0x8000000,
    SIGNAL_SA_RESTART = 0x10000000,
    SIGNAL_SA_NO_DEFER = 0x40000000,
    SIGNAL_SA_RESET = 0x80000000,
};

/// signal_info.code: who sent it. Faults have codes of their own, all positive.
enum signal_code {
    SIGNAL_BY_KILL = 0,
    SIGNAL_BY_QUEUE = -1,
    SIGNAL_BY_TIMER = -2,
    SIGNAL_BY_TKILL = -6,
    SIGNAL_BY_KERNEL = 0x80,
};

enum { SIGNAL_STACK_ON = 1, SIGNAL_STACK_DISABLED = 2, SIGNAL_STACK_MINIMUM = 2048 };
#define SIGNAL_STACK_AUTO_DISARM 0x80000000u

/// SIGKILL and SIGSTOP can be neither blocked nor handled.
#define SIGNALS_UNSTOPPABLE (1ull << (SIGNAL_KILL - 1) | 1ull << (SIGNAL_STOP - 1))

/// "SIGSEGV"; for real-time signals "SIG34" and so on.
const char *signal_name(int number);
/// Whether the default action ends the program.
bool signal_ends_by_default(int number);
/// Whether it then leaves a report, as one that dumps core on Linux.
bool signal_reports_by_default(int number);

// Sending. Callable from interrupt handlers.

/// Sends a signal of the kernel's to the program: a key, a button, a broken pipe.
void signal_send(int number);
/// Sends a signal to the program, or with `task` to one thread of it. 0, or -EAGAIN when too many are queued.
int signal_queue_to(struct task *task, const struct signal_info *info);
/// The same for a timer's own entry: queued, or left alone where the program ignores the signal.
void signal_lend_to(struct task *task, struct signal_entry *entry);
/// Whether a signal would be forgotten at once: ignored, and not waited for.
bool signal_is_dropped(const struct task *task, int number);
/// Woken whenever a signal is queued.
struct wait_queue *signal_arrivals(void);

// For the current thread.

/// It has written to a pipe that nobody reads.
void signal_broken_pipe(void);
/// A fault of the program. False if it has no handler for it that could be called: then it must end.
bool signal_fault(const struct signal_info *info, uint64_t vector, uint64_t error, uint64_t address);
/// Sets the alternate stack, while `pointer` is the stack pointer. 0, -EPERM if it is in use, -EINVAL, -ENOMEM if too
/// small.
int signal_set_stack(const struct signal_stack *stack, uint64_t pointer);
/// The alternate stack as sigaltstack tells it.
struct signal_stack signal_get_stack(uint64_t pointer);
/// Sets which signals are blocked.
void signal_set_blocked(uint64_t blocked);
/// The same until the present system call has ended and its signals are delivered.
void signal_block_for_call(uint64_t blocked);
/// Ends that, after a call that was not interrupted.
void signal_unblock_after_call(void);
/// Takes a pending signal of those in `wanted`, the thread's own first.
bool signal_take(uint64_t wanted, struct signal_info *info);
/// Waits for one of the signals in `wanted`: 0, -EAGAIN at the deadline, -EINTR.
long signal_wait(uint64_t wanted, uint64_t deadline_ns, struct signal_info *info);
/// What is pending and blocked: sigpending's answer.
uint64_t signal_pending(void);
/// What it could take: pending for it or the program, blocked or not.
uint64_t signal_waiting(void);
/// Delivers what is pending; the architecture calls it before every return to the program.
void signal_before_user(struct trap_frame *frame);
/// rt_sigreturn. The result is the frame_result of the interrupted program.
long signal_return(struct trap_frame *frame);
/// Lets a changed action take effect: what is ignored now is no longer pending.
void signal_forget_ignored(int number);
/// Chooses again who takes the program's pending signals, because a thread ends.
void signal_pass_on(void);
