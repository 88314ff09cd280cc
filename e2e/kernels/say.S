// The smallest kernel that a release can carry: entered by PVH, it says a line on the serial port and ends the machine
// with code 7 (isa-debug-exit, spec: image.md "Booting"). It shows that an image boots, whatever state Pith is in.

.section .note.Xen, "a"
    .long 4, 4, 18              // lengths of owner and value, XEN_ELFNOTE_PHYS32_ENTRY
    .asciz "Xen"
    .long start

.section .text, "ax"
.code32
.globl start
start:
    movl $line, %esi
    movw $0x3f8, %dx
1:  lodsb
    testb %al, %al
    jz 2f
    outb %al, %dx
    jmp 1b
2:  movw $0x501, %dx
    movb $7, %al
    outb %al, %dx
    hlt

line:
    .asciz "booted from the disk\n"
