// Where a program of the samples begins: hands main what the kernel left on the stack, and ends with what main returns.

    .text
    .globl _start
_start:
    xorl %ebp, %ebp
    movq (%rsp), %rdi                   // argc
    leaq 8(%rsp), %rsi                  // argv
    leaq 16(%rsp,%rdi,8), %rdx          // envp, behind argv's NULL
    andq $-16, %rsp
    call main
    movl %eax, %edi
    movl $231, %eax                     // exit_group
    syscall
    hlt

    .section .note.GNU-stack, "", @progbits
