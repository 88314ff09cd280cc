// The ways into and out of the kernel: traps, interrupts, system calls, and from one thread's stack to another's.

#include "arch/layout.h"

.section .text.entry, "ax"

// One stub a vector, each TRAP_STUB_SIZE bytes. It makes all frames alike: a zero where the processor pushes no error
// code, then the vector.
.balign TRAP_STUB_SIZE
.globl trap_stubs
trap_stubs:
.set vector, 0
.rept TRAP_VECTORS
    .balign TRAP_STUB_SIZE
    .if vector != 8 && (vector < 10 || vector > 14) && vector != 17 && vector != 21 && vector != 29 && vector != 30
        pushq $0
    .endif
    pushq $vector
    .if vector == 2 || vector == 8 || vector == 18
        jmp trap_fatal_entry
    .else
        jmp trap_entry
    .endif
    .set vector, vector + 1
.endr

// The registers of struct trap_frame below `vector`.
.macro push_registers
    pushq %rdi
    pushq %rsi
    pushq %rdx
    pushq %rcx
    pushq %rax
    pushq %r8
    pushq %r9
    pushq %r10
    pushq %r11
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
.endm

// Undoes push_registers and drops vector and error: the processor's own frame is left.
.macro pop_registers
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    popq %r11
    popq %r10
    popq %r9
    popq %r8
    popq %rax
    popq %rcx
    popq %rdx
    popq %rsi
    popq %rdi
    addq $16, %rsp
.endm

// A copy to or from user memory may have been interrupted: its permission to touch user pages must not leak into the
// handler. (The interrupted code gets it back with its flags.)
.macro forbid_user_access
    cmpb $0, cpu_has_smap(%rip)
    je 1f
    clac
1:
.endm

trap_entry:
    cld
    testb $3, 24(%rsp) // cs, behind vector, error and rip
    jz 2f
    swapgs
2:  push_registers
    forbid_user_access
    movq %rsp, %rdi
    call trap_dispatch

// rsp points at a struct trap_frame; interrupts are off.
trap_return:
    pop_registers
    testb $3, 8(%rsp)
    jz 3f
    swapgs
3:  iretq

// NMI, double fault, machine check: on a stack of their own, from anywhere, even between a system call's first
// instruction and its swapgs. They never return, so %gs is simply set.
trap_fatal_entry:
    cld
    push_registers
    leaq boot_cpu(%rip), %rax
    movq %rax, %rdx
    shrq $32, %rdx
    movl $0xc0000101, %ecx // MSR_GS_BASE
    wrmsr
    movq %rsp, %rdi
    call trap_fatal

.globl syscall_entry
syscall_entry:
    swapgs
    movq %rsp, %gs:PERCPU_USER_RSP
    movq %gs:PERCPU_KERNEL_RSP, %rsp
    pushq $USER_DS
    pushq %gs:PERCPU_USER_RSP
    pushq %r11 // flags
    pushq $USER_CS
    pushq %rcx // rip
    pushq $0
    pushq $0x100 // SYSCALL_VECTOR
    push_registers
    sti
    movq %rsp, %rdi
    call syscall_dispatch // comes back with interrupts off; true: sysret will do
    testb %al, %al
    jz trap_return
    pop_registers
    movq 24(%rsp), %rsp
    swapgs
    sysretq

// void trap_frame_resume(struct trap_frame *): goes on where the frame says. Interrupts are off.
.globl trap_frame_resume
trap_frame_resume:
    movq %rdi, %rsp
    jmp trap_return

// void context_switch(void **save_rsp, void *load_rsp)
.globl context_switch
context_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret

// Where a new thread's first context_switch returns to: rbx holds its entry, r12 the argument.
.globl thread_start_stub
thread_start_stub:
    xorl %ebp, %ebp
    movq %rbx, %rdi
    movq %r12, %rsi
    call thread_start
