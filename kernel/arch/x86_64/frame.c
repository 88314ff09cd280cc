// What reports want to know of the registers, and what the instructions around them say.
#include "arch/frame.h"

#include "arch/x86_64/insn.h"
#include "arch/kernel_space.h"
#include "arch/user.h"
#include "arch/x86_64/vectors.h"
#include "lib/format.h"
#include "lib/string.h"

enum { SYSCALL_BYTES = 2 };
/// "call rel32".
enum { CALL = 0xe8, CALL_BYTES = 5, SHORT_FUNCTION = 512 };

void frame_repeat_syscall(struct trap_frame *f, uint64_t number) {
    f->rax = number;
    f->rip -= SYSCALL_BYTES;
}

void frame_describe(const struct trap_frame *f, char *to, size_t cap) {
    format_text(to, cap, "vector: %lu, error 0x%lx", f->vector, f->error);
}

const char *frame_reason(const struct trap_frame *f, uint64_t address) {
    switch (f->vector) {
    case VECTOR_DOUBLE_FAULT: return kernel_stack_is_guard(address) ? "a kernel stack ran over" : "double fault";
    case VECTOR_NMI: return "non-maskable interrupt";
    case VECTOR_PAGE_FAULT: return "page fault in the kernel";
    default: return "exception in the kernel";
    }
}

unsigned frame_registers(const struct trap_frame *f, struct frame_register list[FRAME_REGISTERS]) {
    const struct frame_register all[FRAME_REGISTERS] = {
        {"rsp", f->rsp}, {"rbp", f->rbp},       {"rax", f->rax}, {"rbx", f->rbx},    {"rcx", f->rcx},
        {"rdx", f->rdx}, {"rsi", f->rsi},       {"rdi", f->rdi}, {"r8", f->r8},      {"r9", f->r9},
        {"r10", f->r10}, {"r11", f->r11},       {"r12", f->r12}, {"r13", f->r13},    {"r14", f->r14},
        {"r15", f->r15}, {"rflags", f->rflags}, {"cs", f->cs},   {"cr3", read_cr3()}};
    memcpy(list, all, sizeof(all));
    return trap_from_user(f) ? FRAME_REGISTERS - 2 : FRAME_REGISTERS;
}

bool frame_return_place(const struct trap_frame *f, uint64_t *to) {
    return copy_from_user(to, f->rsp, sizeof(*to)) == 0;
}

bool frame_is_called_from(uint64_t callee, uint64_t caller) {
    uint8_t bytes[CALL_BYTES];
    int32_t distance;
    if (copy_from_user(bytes, caller - CALL_BYTES, sizeof(bytes)) != 0 || bytes[0] != CALL) {
        return false;
    }
    memcpy(&distance, bytes + 1, sizeof(distance));
    return callee - (caller + (uint64_t)(int64_t)distance) < SHORT_FUNCTION;
}
