// Calls of the BIOS, through the mode switch in enter.S.

#include "bios.h"

#include <stddef.h>

#include "memory.h"
#include "volume.h"

#define CARRY 1u
#define DISK_INTERRUPT 0x13
#define READ_EXTENDED 0x4200u
#define SYSTEM_INTERRUPT 0x15
#define MEMORY_MAP 0xe820u
#define MEMORY_MAP_SIGNATURE 0x534d4150u // "SMAP"
#define SCREEN_INTERRUPT 0x10
#define TELETYPE 0x0e00u

struct disk_address_packet {
    uint8_t size, zero;
    uint16_t count, offset, segment;
    uint64_t first;
};

// boot.ld
extern uint8_t window_start[];
extern const uint8_t bios_data_ebda_segment[], bios_rom_start[], bios_rom_end[];

struct bios_registers bios_registers;

const uint8_t *bios_read_sectors(uint32_t drive, uint64_t first, uint32_t count) {
    static struct disk_address_packet packet;
    packet = (struct disk_address_packet){
        .size = sizeof packet,
        .count = (uint16_t)count,
        .segment = (uint16_t)((uintptr_t)window_start >> 4),
        .first = first,
    };
    bios_registers = (struct bios_registers){.eax = READ_EXTENDED, .edx = drive, .esi = (uintptr_t)&packet};
    bios_interrupt(DISK_INTERRUPT);
    return bios_registers.flags & CARRY ? NULL : window_start;
}

bool bios_read_memory_map(struct memory_map *map) {
    static struct {
        uint64_t first, size;
        uint32_t type;
    } range;
    uint32_t next = 0;
    map->count = 0;
    do {
        bios_registers = (struct bios_registers){
            .eax = MEMORY_MAP, .ebx = next, .ecx = 20, .edx = MEMORY_MAP_SIGNATURE, .edi = (uintptr_t)&range};
        bios_interrupt(SYSTEM_INTERRUPT);
        // The carry flag is also a way to say that the range before was the last.
        if (bios_registers.flags & CARRY || bios_registers.eax != MEMORY_MAP_SIGNATURE) break;
        if (range.size != 0 && map->count < MEMORY_RANGES) {
            map->ranges[map->count++] =
                (struct memory_range){.first = range.first, .size = range.size, .type = range.type};
        }
        next = bios_registers.ebx;
    } while (next != 0);
    return map->count != 0;
}

static bool is_acpi_root(const uint8_t *at) {
    static const char signature[8] = {'R', 'S', 'D', ' ', 'P', 'T', 'R', ' '};
    if (memcmp(at, signature, sizeof signature) != 0) return false;
    uint8_t sum = 0;
    for (int i = 0; i < 20; i++) sum = (uint8_t)(sum + at[i]);
    return sum == 0;
}

static uint32_t find_acpi_in(const uint8_t *from, const uint8_t *to) {
    for (const uint8_t *at = from; at < to; at += 16) {
        if (*at == 'R' && is_acpi_root(at)) return (uintptr_t)at;
    }
    return 0;
}

uint32_t bios_find_acpi(void) {
    uint16_t segment;
    memcpy(&segment, bios_data_ebda_segment, sizeof segment);
    // The first KiB of the extended BIOS data area, where there is one, then the ROM.
    uintptr_t ebda = (uintptr_t)segment << 4;
    uint32_t found = ebda >= 0x80000 && ebda < 0xa0000 - 1024
                         ? find_acpi_in((const uint8_t *)ebda, (const uint8_t *)ebda + 1024)
                         : 0;
    return found != 0 ? found : find_acpi_in(bios_rom_start, bios_rom_end);
}

void bios_put_character(char c) {
    bios_registers = (struct bios_registers){.eax = TELETYPE | (uint8_t)c, .ebx = 7};
    bios_interrupt(SCREEN_INTERRUPT);
}
