// The kernel's first instructions, by the PVH boot protocol: 32-bit protected mode, flat segments, paging off, interrupts
// off, ebx = physical address of struct hvm_start_info. Builds the first page tables (each page of the image with no more
// rights than its section needs; the first gigabyte of physical memory, never executable), enters long mode and goes on
// in C, in the top 2 GiB.

#include "arch/layout.h"

#define PHYS(symbol) ((symbol) - KERNEL_BASE)

#define PRESENT 0x1
#define WRITABLE 0x2
#define LARGE 0x80
#define GLOBAL 0x100 // counts from CR4.PGE on, when the low alias of the image is gone
#define NO_EXECUTE_HIGH 0x80000000 // bit 63, in the upper half of an entry

#define CR0_PROTECTED 0x1
#define CR0_WRITE_PROTECT 0x10000
#define CR0_PAGING 0x80000000
#define CR4_PAE 0x20
#define MSR_EFER 0xc0000080
#define EFER_SYSCALL 0x1
#define EFER_LONG_MODE 0x100
#define EFER_NO_EXECUTE 0x800

.section .text.boot, "ax"
.code32

.globl pvh_start
pvh_start:
    cld
    movl %ebx, %ebp
    rdtsc
    movl %eax, PHYS(boot_entry_tsc)
    movl %edx, PHYS(boot_entry_tsc) + 4

    movl $0x80000001, %eax
    cpuid
    andl $0x20100000, %edx // long mode, no-execute
    cmpl $0x20100000, %edx
    jne old_processor

// Maps the image pages from `first` up to `end` with `rights`.
.macro map_image first, end, rights, rights_high
    movl $PHYS(\first), %eax
    movl $PHYS(\end), %ecx
1:  cmpl %ecx, %eax
    jae 2f
    movl %eax, %edi
    shrl $12, %edi
    leal PHYS(kernel_image_tables)(, %edi, 8), %edi
    movl %eax, %edx
    orl $(\rights), %edx
    movl %edx, (%edi)
    movl $(\rights_high), 4(%edi)
    addl $0x1000, %eax
    jmp 1b
2:
.endm
    map_image kernel_text_start, kernel_rodata_start, (PRESENT | GLOBAL), 0
    map_image kernel_rodata_start, kernel_data_start, (PRESENT | GLOBAL), NO_EXECUTE_HIGH
    map_image kernel_data_start, kernel_end, (PRESENT | WRITABLE | GLOBAL), NO_EXECUTE_HIGH

    // The image's 4 MiB: at its own addresses, and (until long mode is reached) at their physical ones.
    movl $(PHYS(kernel_image_tables) + PRESENT + WRITABLE), PHYS(image_directory)
    movl $(PHYS(kernel_image_tables) + 0x1000 + PRESENT + WRITABLE), PHYS(image_directory) + 8
    movl $(PHYS(image_directory) + PRESENT + WRITABLE), PHYS(image_pointers)
    movl $(PHYS(image_directory) + PRESENT + WRITABLE), PHYS(image_pointers) + 510 * 8
    movl $(PHYS(image_pointers) + PRESENT + WRITABLE), PHYS(kernel_page_table)
    movl $(PHYS(image_pointers) + PRESENT + WRITABLE), PHYS(kernel_page_table) + 511 * 8

    // The direct map's first gigabyte, for C to read the start info and to refine (paging.c).
    movl $(PHYS(direct_pointers) + PRESENT + WRITABLE), PHYS(kernel_page_table) + 256 * 8
    movl $(PHYS(direct_directory) + PRESENT + WRITABLE), PHYS(direct_pointers)
    movl $PHYS(direct_directory), %edi
    movl $(PRESENT | WRITABLE | LARGE), %eax
3:  movl %eax, (%edi)
    movl $NO_EXECUTE_HIGH, 4(%edi)
    addl $8, %edi
    addl $0x200000, %eax
    cmpl $(PHYS(direct_directory) + 0x1000), %edi
    jb 3b

    movl %cr4, %eax
    orl $CR4_PAE, %eax
    movl %eax, %cr4
    movl $PHYS(kernel_page_table), %eax
    movl %eax, %cr3
    movl $MSR_EFER, %ecx
    rdmsr
    orl $(EFER_SYSCALL | EFER_LONG_MODE | EFER_NO_EXECUTE), %eax
    wrmsr
    movl %cr0, %eax
    orl $(CR0_PAGING | CR0_WRITE_PROTECT | CR0_PROTECTED), %eax
    movl %eax, %cr0

    lgdt PHYS(boot_gdt_pointer)
    ljmp $KERNEL_CS, $PHYS(long_mode)

// A processor of before 2006. There is no console yet but the first serial port.
old_processor:
    movl $PHYS(old_processor_text), %esi
4:  lodsb
    testb %al, %al
    jz 6f
    movb %al, %ah
    movw $0x3fd, %dx
5:  inb %dx, %al
    testb $0x20, %al
    jz 5b
    movb %ah, %al
    movw $0x3f8, %dx
    outb %al, %dx
    jmp 4b
6:  hlt
    jmp 6b

.code64
long_mode:
    movabsq $high_half, %rax
    jmp *%rax
high_half:
    xorl %eax, %eax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %fs
    movw %ax, %gs
    movw %ax, %ss
    // The low addresses are the program's from here on.
    movq %rax, kernel_page_table(%rip)
    movq %rax, image_pointers(%rip)
    movq %cr3, %rax
    movq %rax, %cr3
    leaq boot_stack + BOOT_STACK_SIZE(%rip), %rsp
    movl %ebp, %edi
    xorl %ebp, %ebp
    call kernel_entry

.section .rodata
.balign 8
boot_gdt:
    .quad 0
    .quad 0
    .quad 0x00209b0000000000 // KERNEL_CS: 64-bit code
boot_gdt_pointer:
    .word boot_gdt_pointer - boot_gdt - 1
    .long PHYS(boot_gdt)
old_processor_text:
    .asciz "pith: this processor has no 64-bit mode or no no-execute pages\r\n"

.section .data
.balign 8
.globl boot_entry_tsc
boot_entry_tsc:
    .quad 0

// Page tables that stay, the boot stack (later the idle thread's), and below it the page that paging.c takes away.
.section .bss.pages, "aw", @nobits
.balign 4096
.globl kernel_page_table, kernel_image_tables, direct_pointers, direct_directory, boot_stack, boot_stack_guard
kernel_page_table:
    .skip 4096
image_pointers:
    .skip 4096
image_directory:
    .skip 4096
kernel_image_tables:
    .skip 8192
direct_pointers:
    .skip 4096
direct_directory:
    .skip 4096
boot_stack_guard:
    .skip 4096
boot_stack:
    .skip BOOT_STACK_SIZE

// Xen's note 18, XEN_ELFNOTE_PHYS32_ENTRY, by which QEMU, Xen, Firecracker and Cloud Hypervisor find the entry.
.section .note.Xen, "a", @note
.balign 4
    .long 4, 8, 18
    .asciz "Xen"
    .quad PHYS(pvh_start)

// Our own note, type 1: the version as text. The loader knows by it what the kernel can do.
.section .note.Pith, "a", @note
.balign 4
    .long 5, pith_version_end - pith_version, 1
    .asciz "Pith"
    .balign 4
pith_version:
    .asciz PITH_VERSION
pith_version_end:
    .balign 4
