// The instructions that touch the program's memory. A fault between user_access_start and user_access_end that the layer
// above does not resolve goes on at user_access_failed (trap.c), which returns -EFAULT to the caller.
//
// None of these uses the stack, so that user_access_failed can return for any of them.

.section .text.entry, "ax"

.macro allow_user_access
    cmpb $0, cpu_has_smap(%rip)
    je 1f
    stac
1:
.endm

.macro forbid_user_access
    cmpb $0, cpu_has_smap(%rip)
    je 1f
    clac
1:
.endm

.globl user_access_start
user_access_start:

// long user_copy_raw(void *to, const void *from, size_t n): either side may be the user's; the caller checked the range.
.globl user_copy_raw
user_copy_raw:
    allow_user_access
    movq %rdx, %rcx
    shrq $6, %rcx
    jz 3f
2:  movq (%rsi), %rax
    movq 8(%rsi), %r8
    movq 16(%rsi), %r9
    movq 24(%rsi), %r10
    movq %rax, (%rdi)
    movq %r8, 8(%rdi)
    movq %r9, 16(%rdi)
    movq %r10, 24(%rdi)
    movq 32(%rsi), %rax
    movq 40(%rsi), %r8
    movq 48(%rsi), %r9
    movq 56(%rsi), %r10
    movq %rax, 32(%rdi)
    movq %r8, 40(%rdi)
    movq %r9, 48(%rdi)
    movq %r10, 56(%rdi)
    addq $64, %rsi
    addq $64, %rdi
    decq %rcx
    jnz 2b
3:  andl $63, %edx
    cmpl $8, %edx
    jb 5f
4:  movq (%rsi), %rax
    movq %rax, (%rdi)
    addq $8, %rsi
    addq $8, %rdi
    subl $8, %edx
    cmpl $8, %edx
    jae 4b
5:  testl %edx, %edx
    jz 7f
6:  movb (%rsi), %al
    movb %al, (%rdi)
    incq %rsi
    incq %rdi
    decl %edx
    jnz 6b
7:  forbid_user_access
    xorl %eax, %eax
    ret

// long user_clear_raw(void *to, size_t n)
.globl user_clear_raw
user_clear_raw:
    allow_user_access
    xorl %eax, %eax
    movq %rsi, %rcx
    shrq $3, %rcx
    jz 3f
2:  movq %rax, (%rdi)
    addq $8, %rdi
    decq %rcx
    jnz 2b
3:  andl $7, %esi
    jz 5f
4:  movb %al, (%rdi)
    incq %rdi
    decl %esi
    jnz 4b
5:  forbid_user_access
    xorl %eax, %eax
    ret

// long user_string_raw(char *to, const char *from, size_t n): copies up to and with the NUL; its length without it, or n
// if there is none within n bytes.
.globl user_string_raw
user_string_raw:
    allow_user_access
    xorl %eax, %eax
2:  cmpq %rdx, %rax
    je 3f
    movb (%rsi, %rax), %cl
    movb %cl, (%rdi, %rax)
    testb %cl, %cl
    jz 3f
    incq %rax
    jmp 2b
3:  forbid_user_access
    ret

// long user_exchange_raw(uint32_t *at, uint32_t expected, uint32_t desired, uint32_t *found)
.globl user_exchange_raw
user_exchange_raw:
    allow_user_access
    movl %esi, %eax
    lock cmpxchgl %edx, (%rdi)
    forbid_user_access
    movl %eax, (%rcx)
    xorl %eax, %eax
    ret

.globl user_access_end
user_access_end:

.globl user_access_failed
user_access_failed:
    forbid_user_access
    movq $-14, %rax // -EFAULT
    ret
