// The ways between the processor's modes: into 32 bits, back to 16 for a call of the BIOS, and out into the kernel.
//
// Everything here and in stage 2's C code lies below 64 KiB, so that one address serves both modes (segment 0).

#define CODE32 0x08
#define DATA32 0x10
#define CODE16 0x18
#define DATA16 0x20
#define TASK 0x28

// Offsets in struct bios_registers (bios.h).
#define BIOS_EAX 0
#define BIOS_EBX 4
#define BIOS_ECX 8
#define BIOS_EDX 12
#define BIOS_ESI 16
#define BIOS_EDI 20
#define BIOS_ES 24
#define BIOS_FLAGS 26

    .section .enter, "ax"
    .code16
    .globl stage2_start
stage2_start:
    pushw %dx

    call a20_is_on                      // three ways to switch address line 20 on, the cheapest first
    jnz 2f
    movw $0x2401, %ax
    int $0x15
    call a20_is_on
    jnz 2f
    inb $0x92, %al
    orb $2, %al
    andb $0xfe, %al                     // bit 0 resets the machine
    outb %al, $0x92
    movw $0xffff, %cx
1:  call a20_is_on
    jnz 2f
    loop 1b
    movw $no_a20, %si
    jmp boot_fail

2:  popw %dx
    cli
    movzwl %sp, %esp                    // the upper half may hold anything
    lgdtl gdt_pointer
    movl %cr0, %eax
    orb $1, %al
    movl %eax, %cr0
    ljmpl $CODE32, $3f
    .code32
3:  call load_flat_segments
    movl $stack_top, %esp
    movl %edx, %ebx
    xorl %eax, %eax
    movl $bss_start, %edi
    movl $bss_end, %ecx
    subl %edi, %ecx
    shrl $2, %ecx
    cld
    rep stosl
    movzbl %bl, %ebx
    pushl %ebx
    call stage2_main                    // does not come back

load_flat_segments:
    movw $DATA32, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %fs
    movw %ax, %gs
    movw %ax, %ss
    ret

// Compares the MBR's signature with what is 1 MiB above it, twice, with different contents: equal both times means that
// address line 20 is off. Zero flag: off.
    .code16
a20_is_on:
    pushw %ax
    pushw %es
    movw $0xffff, %ax
    movw %ax, %es
    movw 0x7dfe, %ax
    cmpw %es:0x7e0e, %ax
    jne 1f
    notw 0x7dfe
    movw 0x7dfe, %ax
    cmpw %es:0x7e0e, %ax
    notw 0x7dfe                         // touches no flag
1:  popw %es
    popw %ax
    ret

// void bios_interrupt(uint32_t number): the interrupt, with and into bios_registers.
    .code32
    .globl bios_interrupt
bios_interrupt:
    pushl %ebp
    pushl %ebx
    pushl %esi
    pushl %edi
    movl 20(%esp), %eax
    movl (,%eax,4), %eax                // its entry in the real-mode vector table
    movl %eax, bios_vector
    ljmpl $CODE16, $1f
    .code16
1:  movw $DATA16, %ax                   // segments with real-mode limits, before the mode is left
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %fs
    movw %ax, %gs
    movw %ax, %ss
    movl %cr0, %eax
    andb $0xfe, %al
    movl %eax, %cr0
    ljmpw $0, $2f
2:  xorw %ax, %ax
    movw %ax, %ds
    movw %ax, %fs
    movw %ax, %gs
    movw %ax, %ss
    movw bios_registers + BIOS_ES, %es
    movl bios_registers + BIOS_EAX, %eax
    movl bios_registers + BIOS_EBX, %ebx
    movl bios_registers + BIOS_ECX, %ecx
    movl bios_registers + BIOS_EDX, %edx
    movl bios_registers + BIOS_ESI, %esi
    movl bios_registers + BIOS_EDI, %edi
    sti                                 // the flags that the BIOS gives back on its iret
    pushfw
    cli
    lcallw *bios_vector
    cli
    pushfw
    popw %cs:bios_registers + BIOS_FLAGS
    movzwl %sp, %esp
    movl %eax, %cs:bios_registers + BIOS_EAX
    movl %ebx, %cs:bios_registers + BIOS_EBX
    movl %ecx, %cs:bios_registers + BIOS_ECX
    movl %edx, %cs:bios_registers + BIOS_EDX
    xorw %ax, %ax
    movw %ax, %ds
    lgdtl gdt_pointer                   // a BIOS that works in 32 bits itself may have left its own
    movl %cr0, %eax
    orb $1, %al
    movl %eax, %cr0
    ljmpl $CODE32, $3f
    .code32
3:  call load_flat_segments
    cld
    popl %edi
    popl %esi
    popl %ebx
    popl %ebp
    ret

// void kernel_enter(uint32_t entry, const struct pvh_start_info *info): the state that the PVH boot protocol wants
// (32 bits, flat segments, paging and interrupts off, ebx = start info, a task register with base 0 and limit 0x67).
    .globl kernel_enter
kernel_enter:
    cli
    cld
    movl 4(%esp), %eax
    movl 8(%esp), %ebx
    movw $TASK, %cx
    ltr %cx
    jmp *%eax

// void stop(void): for good.
    .globl stop
stop:
    cli
    hlt
    jmp stop

    .section .data
    .balign 8
gdt:
    .quad 0
    .quad 0x00cf9b000000ffff            // 32-bit code, base 0, 4 GiB
    .quad 0x00cf93000000ffff            // 32-bit data
    .quad 0x00009b000000ffff            // 16-bit code, base 0, 64 KiB
    .quad 0x000093000000ffff            // 16-bit data
    .quad 0x0000890000000067            // 32-bit task state, base 0
gdt_pointer:
    .word gdt_pointer - gdt - 1
    .long gdt
bios_vector:
    .long 0
no_a20:
    .asciz "unideck boot: address line 20 cannot be switched on"

    .section .note.GNU-stack, "", @progbits
