// QEMU's fw_cfg device: a selector, then bytes one after the other. Numbers in it are big-endian.
#include "fw_cfg.h"

#define SELECTOR 0x510
#define DATA 0x511
#define KEY_SIGNATURE 0x00
#define KEY_DIRECTORY 0x19
#define ENTRIES_MOST 1024
#define NAME_SIZE 56

static void select(uint16_t key) { __asm__ volatile("outw %0, %1" : : "a"(key), "Nd"((uint16_t)SELECTOR)); }

static uint8_t take(void) {
    uint8_t byte;
    __asm__ volatile("inb %1, %0" : "=a"(byte) : "Nd"((uint16_t)DATA));
    return byte;
}

static uint32_t take_number(unsigned bytes) {
    uint32_t n = 0;
    while (bytes-- > 0) n = n << 8 | take();
    return n;
}

static int is_qemu(void) {
    select(KEY_SIGNATURE);
    return take_number(4) == 0x51454d55; // "QEMU"
}

/// Takes a name, which fills its place with zeros behind it; whether it is that one.
static int take_name(const char *name) {
    int same = 1;
    for (unsigned i = 0; i < NAME_SIZE; i++) {
        same &= (char)take() == *name;
        if (*name != 0) name++;
    }
    return same;
}

void fw_cfg_read(const char *name, char *to, uint32_t cap) {
    uint32_t n = 0;
    if (is_qemu()) {
        select(KEY_DIRECTORY);
        uint32_t entries = take_number(4);
        if (entries > ENTRIES_MOST) entries = 0;
        for (uint32_t i = 0; i < entries; i++) {
            uint32_t size = take_number(4);
            uint16_t key = (uint16_t)take_number(2);
            take_number(2);
            if (!take_name(name)) continue;
            select(key);
            while (n < size && n + 1 < cap) to[n++] = (char)take();
            break;
        }
    }
    to[n] = 0;
}
