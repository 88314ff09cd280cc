// The two old interrupt controllers (Intel 8259A).
//
// Firmware leaves them at work, with the timer's line open; a direct start of the kernel finds them as a reset left
// them. So they are set up anew before they are masked: even a spurious interrupt of theirs then has a vector that is
// ignored.
#include "arch/x86_64/pic.h"

#include "arch/x86_64/insn.h"
#include "arch/irq.h"

enum pic_port { FIRST_COMMAND = 0x20, FIRST_DATA = 0x21, SECOND_COMMAND = 0xa0, SECOND_DATA = 0xa1 };
/// Initialization command words (Intel 8259A data sheet, "Initialization Command Words").
enum { ICW1_CASCADE_ICW4 = 0x11, ICW3_SECOND_AT_LINE_2 = 1 << 2, ICW3_IDENTITY = 2, ICW4_8086 = 1 };
enum { ALL_LINES = 0xff };

_Static_assert(VECTOR_UNUSED_PIC % 8 == 0 && VECTOR_UNUSED_PIC > VECTOR_SPURIOUS,
               "two times eight vectors of their own");

static void mask_both(void) {
    outb(FIRST_DATA, ALL_LINES);
    outb(SECOND_DATA, ALL_LINES);
}

void pic_mask(void) {
    mask_both();
    outb(FIRST_COMMAND, ICW1_CASCADE_ICW4);
    outb(SECOND_COMMAND, ICW1_CASCADE_ICW4);
    outb(FIRST_DATA, VECTOR_UNUSED_PIC);
    outb(SECOND_DATA, VECTOR_UNUSED_PIC + 8);
    outb(FIRST_DATA, ICW3_SECOND_AT_LINE_2);
    outb(SECOND_DATA, ICW3_IDENTITY);
    outb(FIRST_DATA, ICW4_8086);
    outb(SECOND_DATA, ICW4_8086);
    mask_both();
}
