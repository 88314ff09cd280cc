// The frame of a signal handler on the program's stack: made when the handler is called, taken back by rt_sigreturn.
#pragma once

#include "arch/user.h"

struct trap_frame;

enum { SIGNAL_INFO_SIZE = 128 };

/// As stack_t.
struct signal_stack {
    uint64_t address;
    int32_t flags, padding;
    uint64_t size;
};

/// What a handler is called with.
struct signal_call {
    int number;
    uint64_t handler, restorer;
    uint64_t stack_top; // of an alternate stack; 0: go on below the present stack pointer
    uint64_t stack_end; // of the alternate stack that the frame has to stay in; 0: it is not on one
    uint64_t mask; // blocked signals, to be restored afterwards
    struct signal_stack alternate;
    uint8_t info[SIGNAL_INFO_SIZE]; // siginfo_t
    uint64_t trap_vector, trap_error, trap_address; // of the exception that the signal stands for, or 0
};

/// Puts the frame on the program's stack and sends `frame` to the handler. 0; -EFAULT, with nothing changed, where the
/// stack has no room.
int signal_frame_push(struct trap_frame *frame, const struct signal_call *call);

/// Goes back to where the handler interrupted the program. The mask and the alternate stack go to `*mask`,
/// `*alternate`. Whatever the program has made of the frame, only what it could do itself comes of it. 0, -EFAULT,
/// -ENOMEM.
int signal_frame_pop(struct trap_frame *frame, uint64_t *mask, struct signal_stack *alternate);
