// The frame of a signal handler. Its layout is the x86-64 ABI's of Linux (ucontext_t of the C libraries): return
// address, ucontext, siginfo, and above them the FPU registers as XSAVE wrote them.
#include "arch/signal_frame.h"

#include "arch/context.h"
#include "arch/cpu.h"
#include "arch/x86_64/features.h"
#include "arch/layout.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/heap.h"
#include <stddef.h>

struct machine_context {
    uint64_t r8, r9, r10, r11, r12, r13, r14, r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, rflags;
    uint16_t cs, gs, fs, ss;
    uint64_t error, vector, old_mask, address;
    uint64_t fpu; // address of the FPU registers; 0: those of a fresh program
    uint64_t reserved[8];
};

struct user_context {
    uint64_t flags, link;
    struct signal_stack stack;
    struct machine_context machine;
    uint64_t mask;
};

struct signal_frame {
    uint64_t return_address;
    struct user_context context;
    uint8_t info[SIGNAL_INFO_SIZE];
};
_Static_assert(offsetof(struct user_context, mask) == 296 && sizeof(struct signal_frame) == 440,
               "the C libraries' layout");

/// uc_flags: the FPU registers are XSAVE's; ss is in the context and is restored.
enum { CONTEXT_XSAVE = 1, CONTEXT_SS = 2, CONTEXT_SS_STRICT = 4 };

/// What software finds in the unused bytes of the FXSAVE part: how large the image is, and that it is XSAVE's at all.
struct fpu_note {
    uint32_t magic, extended_size;
    uint64_t features;
    uint32_t size, padding[7];
};

enum { NOTE_OFFSET = 464, LEGACY_SIZE = 512, XSAVE_PRESENT = 512, RED_ZONE = 128, FLAG_TF = 0x100, FLAG_DF = 0x400 };
enum { FLAG_RF = 0x10000, FPU_ALIGNMENT = 64, STACK_ALIGNMENT = 16, X87_AND_SSE = 3 };
static const uint32_t note_magic = 0x46505853, end_magic = 0x46505845;

/// Bytes that the FPU registers take on the stack: behind XSAVE's image comes a second magic.
static uint64_t fpu_size(void) { return cpu_xsave_size() + (cpu_has_xsave ? sizeof(end_magic) : 0); }

static long put_fpu(uint64_t to) {
    uint64_t size = cpu_xsave_size();
    struct fpu_note note = {.magic = note_magic,
                            .extended_size = (uint32_t)fpu_size(),
                            .features = cpu_xsave_features(),
                            .size = (uint32_t)size};
    long result = copy_to_user(to, user_state_image(), size);
    if (result == 0 && cpu_has_xsave) {
        result = copy_to_user(to + NOTE_OFFSET, &note, sizeof note);
        if (result == 0) result = copy_to_user(to + size, &end_magic, sizeof end_magic);
    }
    return result;
}

static void save_registers(const struct trap_frame *f, struct machine_context *m) {
    *m = (struct machine_context){.r8 = f->r8,
                                  .r9 = f->r9,
                                  .r10 = f->r10,
                                  .r11 = f->r11,
                                  .r12 = f->r12,
                                  .r13 = f->r13,
                                  .r14 = f->r14,
                                  .r15 = f->r15,
                                  .rdi = f->rdi,
                                  .rsi = f->rsi,
                                  .rbp = f->rbp,
                                  .rbx = f->rbx,
                                  .rdx = f->rdx,
                                  .rax = f->rax,
                                  .rcx = f->rcx,
                                  .rsp = f->rsp,
                                  .rip = f->rip,
                                  .rflags = f->rflags,
                                  .cs = USER_CS,
                                  .ss = USER_DS};
}

/// Segments and flags are checked on the way out, as at every return to the program.
static void restore_registers(struct trap_frame *f, const struct machine_context *m) {
    f->r8 = m->r8, f->r9 = m->r9, f->r10 = m->r10, f->r11 = m->r11;
    f->r12 = m->r12, f->r13 = m->r13, f->r14 = m->r14, f->r15 = m->r15;
    f->rdi = m->rdi, f->rsi = m->rsi, f->rbp = m->rbp, f->rbx = m->rbx;
    f->rdx = m->rdx, f->rax = m->rax, f->rcx = m->rcx;
    f->rsp = m->rsp, f->rip = m->rip, f->rflags = m->rflags;
}

int signal_frame_push(struct trap_frame *frame, const struct signal_call *call) {
    uint64_t top = call->stack_top ? call->stack_top : frame->rsp - RED_ZONE;
    uint64_t fpu = (top - fpu_size()) & ~(uint64_t)(FPU_ALIGNMENT - 1);
    // As behind a call instruction: the stack pointer is 8 below a multiple of 16.
    uint64_t at = ((fpu - sizeof(struct signal_frame)) & ~(uint64_t)(STACK_ALIGNMENT - 1)) - 8;
    if (call->stack_end && (at < call->stack_end || at > top)) return -EFAULT;
    struct signal_frame built = {
        .return_address = call->restorer,
        .context = {.flags = CONTEXT_SS | CONTEXT_SS_STRICT | (cpu_has_xsave ? CONTEXT_XSAVE : 0),
                    .stack = call->alternate,
                    .mask = call->mask},
    };
    struct machine_context *machine = &built.context.machine;
    save_registers(frame, machine);
    machine->error = call->trap_error;
    machine->vector = call->trap_vector;
    machine->address = call->trap_address;
    machine->old_mask = call->mask;
    machine->fpu = fpu;
    memcpy(built.info, call->info, SIGNAL_INFO_SIZE);
    if (put_fpu(fpu) != 0 || copy_to_user(at, &built, sizeof built) != 0) return -EFAULT;
    user_state_reset();
    frame->rdi = (uint64_t)call->number;
    frame->rsi = at + offsetof(struct signal_frame, info);
    frame->rdx = at + offsetof(struct signal_frame, context);
    frame->rax = 0;
    frame->rsp = at;
    frame->rip = call->handler;
    frame->rflags &= ~(uint64_t)(FLAG_DF | FLAG_RF | FLAG_TF);
    return 0;
}

/// Brings the FPU registers back. An image without XSAVE's marks is taken as FXSAVE's.
static int restore_fpu(uint64_t from) {
    uint64_t size = cpu_xsave_size();
    struct fpu_note note;
    uint32_t end;
    if (from == 0) {
        user_state_reset();
        return 0;
    }
    uint8_t *image = kzalloc(size);
    if (!image) return -ENOMEM;
    int result = copy_from_user(image, from, LEGACY_SIZE) == 0 ? 0 : -EFAULT;
    memcpy(&note, image + NOTE_OFFSET, sizeof note);
    if (result == 0 && cpu_has_xsave) {
        bool whole = note.magic == note_magic && note.size == size &&
                     copy_from_user(&end, from + size, sizeof end) == 0 && end == end_magic;
        if (whole) result = copy_from_user(image, from, size) == 0 ? 0 : -EFAULT;
        else memcpy(image + XSAVE_PRESENT, &(uint64_t){X87_AND_SSE}, sizeof(uint64_t));
    }
    if (result == 0) user_state_set(image);
    kfree(image);
    return result;
}

int signal_frame_pop(struct trap_frame *frame, uint64_t *mask, struct signal_stack *alternate) {
    struct user_context context;
    // The handler's return has taken the return address off the stack.
    uint64_t at = frame->rsp - sizeof(uint64_t) + offsetof(struct signal_frame, context);
    if (copy_from_user(&context, at, sizeof context) != 0) return -EFAULT;
    int result = restore_fpu(context.machine.fpu);
    if (result != 0) return result;
    restore_registers(frame, &context.machine);
    *mask = context.mask;
    *alternate = context.stack;
    return 0;
}
