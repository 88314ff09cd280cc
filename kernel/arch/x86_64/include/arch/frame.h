// Registers at a trap, an interrupt or a system call. Only the architecture's own code names them; all others use what
// stands below the structure.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// In the order in which the entry code pushes them.
/// At a system call `vector` is SYSCALL_VECTOR and `rax` holds the number, then the result.
struct trap_frame {
    uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
    uint64_t vector, error;
    uint64_t rip, cs, rflags, rsp, ss;
};

enum { SYSCALL_VECTOR = 0x100, SYSCALL_ARGUMENTS = 6 };

static inline bool trap_from_user(const struct trap_frame *f) { return (f->cs & 3) == 3; }

/// Where the program was, its stack pointer, and the pointer to its frame where it keeps one.
static inline uint64_t frame_place(const struct trap_frame *f) { return f->rip; }
static inline uint64_t frame_stack(const struct trap_frame *f) { return f->rsp; }
static inline uint64_t frame_chain(const struct trap_frame *f) { return f->rbp; }
static inline void frame_set_stack(struct trap_frame *f, uint64_t stack) { f->rsp = stack; }

static inline uint64_t frame_syscall_number(const struct trap_frame *f) { return f->rax; }
static inline uint64_t frame_syscall_arg(const struct trap_frame *f, unsigned n) {
    switch (n) {
    case 0: return f->rdi;
    case 1: return f->rsi;
    case 2: return f->rdx;
    case 3: return f->r10;
    case 4: return f->r8;
    default: return f->r9;
    }
}
/// The result of the call; after a signal's handler has returned, whatever the program had there.
static inline uint64_t frame_result(const struct trap_frame *f) { return f->rax; }
static inline void frame_set_result(struct trap_frame *f, uint64_t result) { f->rax = result; }

/// Makes the program call the same system call again, as `number`, when it goes on.
void frame_repeat_syscall(struct trap_frame *f, uint64_t number);

/// Which exception it was, as signal frames and crash reports tell.
static inline uint64_t frame_error(const struct trap_frame *f) { return f->error; }
/// "vector: 14, error 0x2", for the kernel's own report.
void frame_describe(const struct trap_frame *f, char *to, size_t cap);
/// What has happened to the kernel, in a few words. `address`: of a page fault.
const char *frame_reason(const struct trap_frame *f, uint64_t address);

/// For reports: registers by their names, but for the one of frame_place(), which is called FRAME_PLACE.
#define FRAME_PLACE "rip"
enum { FRAME_REGISTERS = 19 };
struct frame_register {
    const char *name;
    uint64_t value;
};
/// Fills `list`; how many there are. Of the kernel there are more.
unsigned frame_registers(const struct trap_frame *f, struct frame_register list[FRAME_REGISTERS]);

/// Where the function that the program is in returns to, if it has made no frame. False if that can't be known: there
/// is nothing to read.
bool frame_return_place(const struct trap_frame *f, uint64_t *to);
/// Whether `caller` is where a call of the function around `callee` returns to: the call stands before it, and leads to
/// a place that is hardly further before `callee` than a function without a frame is long.
bool frame_is_called_from(uint64_t callee, uint64_t caller);
