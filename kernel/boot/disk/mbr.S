// The master boot record: what the BIOS loads at 0x7c00 and jumps to, with the drive's number in dl.
//
// It reads the rest of boot.img right behind itself and goes on there (enter.S). At 0x1aa stands the region record by
// which image builders find out how long boot.img is, at 0x1be the partition table that they fill in.

#define SERIAL_DATA 0x3f8
#define SERIAL_LINE_STATUS 0x3fd

    .section .mbr, "ax"
    .code16
    .globl mbr_start
mbr_start:
    cli
    xorw %ax, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    movw $mbr_start, %sp
    ljmp $0, $1f                        // some BIOSes come in as 07c0:0000
1:  sti
    cld
    pushw %dx                           // the drive: not every BIOS keeps it

    movb $0x41, %ah                     // are there the calls that take a sector's number?
    movw $0x55aa, %bx
    int $0x13
    movw $no_extensions, %si
    jc boot_fail
    cmpw $0xaa55, %bx
    jne boot_fail
    testb $1, %cl
    jz boot_fail

    popw %dx
    pushw %dx
    movw $rest, %si
    movb $0x42, %ah
    int $0x13
    movw $unreadable, %si
    jc boot_fail
    popw %dx
    jmp stage2_start

// Says the text at ds:si on the screen and on the serial port, and stops for good.
    .globl boot_fail
boot_fail:
    cld
    call say_text
    movw $line_end, %si
    call say_text
2:  cli
    hlt
    jmp 2b

say_text:
    lodsb
    testb %al, %al
    jz 4f
    pushw %ax
    movb $0x0e, %ah
    movw $7, %bx
    int $0x10
    xorw %cx, %cx                       // bounded: there may be no serial port
    movw $SERIAL_LINE_STATUS, %dx
3:  inb %dx, %al
    testb $0x20, %al                    // room for a byte
    loopz 3b
    popw %ax
    movw $SERIAL_DATA, %dx
    outb %al, %dx
    jmp say_text
4:  ret

rest:                                   // a disk address packet: boot.img from sector 1 on
    .byte 16, 0
    .word boot_rest_sectors
    .word stage2_start, 0
    .quad 1

no_extensions:
    .asciz "unideck boot: this BIOS cannot read the disk by sector numbers"
unreadable:
    .asciz "unideck boot: the boot loader cannot be read from the disk"
line_end:
    .asciz "\r\n"

    .org 0x1aa                          // the region record: base, length, type 12
    .quad 0
    .long boot_rest_bytes, 0
    .long 12

    .org 0x1be
    .globl partition_table
partition_table:
    .fill 64, 1, 0
    .byte 0x55, 0xaa

    .section .note.GNU-stack, "", @progbits
