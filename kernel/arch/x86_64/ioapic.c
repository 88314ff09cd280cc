// I/O APICs (Intel 82093AA): where interrupt lines enter. Their registers are mapped when the first line is routed.
#include "arch/x86_64/ioapic.h"

#include "arch/x86_64/apic.h"
#include "arch/paging.h"
#include "lib/errno.h"
#include <stddef.h>

enum { IOAPICS_MAX = 8, REGISTER_VERSION = 1, REGISTER_LINES = 0x10 };
enum { ACTIVE_LOW = 1 << 13, LEVEL = 1 << 15 };

struct ioapic {
    uint64_t pa;
    uint32_t first_line;
    uint32_t lines; // 0: not looked at yet
    volatile uint32_t *registers;
};

static struct ioapic ioapics[IOAPICS_MAX];
static unsigned count;

static uint32_t read(struct ioapic *io, uint32_t reg) {
    io->registers[0] = reg;
    return io->registers[4];
}

static void write(struct ioapic *io, uint32_t reg, uint32_t value) {
    io->registers[0] = reg;
    io->registers[4] = value;
}

void ioapic_add(uint64_t pa, uint32_t first_line) {
    if (count < IOAPICS_MAX) {
        ioapics[count++] = (struct ioapic){.pa = pa, .first_line = first_line};
    }
}

static bool look_at(struct ioapic *io) {
    if (io->lines == 0) {
        io->registers = paging_map_device(io->pa, 0x20);
        if (io->registers == NULL) {
            return false;
        }
        io->lines = (read(io, REGISTER_VERSION) >> 16 & 0xff) + 1;
    }
    return true;
}

int ioapic_route(uint32_t line, bool level, bool active_low, unsigned vector) {
    for (unsigned i = 0; i < count; i++) {
        struct ioapic *io = &ioapics[i];
        if (line < io->first_line || line - io->first_line > 239 || !look_at(io) ||
            line - io->first_line >= io->lines) {
            continue;
        }
        uint32_t reg = REGISTER_LINES + 2 * (line - io->first_line);
        write(io, reg + 1, apic_id() << 24);
        write(io, reg, vector | (level ? LEVEL : 0) | (active_low ? ACTIVE_LOW : 0));
        return 0;
    }
    return -ENODEV;
}
