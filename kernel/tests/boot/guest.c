// A kernel for the boot loader's test: looks at what it was handed, says what is right on the serial port,
// and ends QEMU.

#include <stdbool.h>
#include <stdint.h>

#include "guest_disk.h"

#define SERIAL_DATA 0x3f8
#define DEBUG_EXIT 0x501

struct start_info {
    uint32_t magic, version, flags, module_count;
    uint64_t modules, command_line, acpi_root, memory_map;
    uint32_t memory_map_count, reserved;
};

struct memory_range {
    uint64_t first, size;
    uint32_t type, reserved;
};

_Noreturn void guest_main(const struct start_info *info, uint32_t flags);

// The stack: the end of low memory, in every memory map.
__asm__(".globl guest_start\n"
        ".section .start, \"ax\"\n"
        "guest_start:\n"
        "    movl $0x9f000, %esp\n"
        "    pushf\n"
        "    pushl %ebx\n"
        "    pushl $0\n"
        "    jmp guest_main\n"
        ".text\n");

static void out8(uint16_t port, uint8_t value) { __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }

static void say(const char *what, bool right) {
    for (; *what != 0; what++) out8(SERIAL_DATA, (uint8_t)*what);
    for (const char *text = right ? ": ok\n" : ": WRONG\n"; *text != 0; text++) out8(SERIAL_DATA, (uint8_t)*text);
}

static bool is_payload_whole(void) {
    const volatile uint8_t *payload = (const volatile uint8_t *)(uintptr_t)GUEST_PAYLOAD;
    bool right = true;
    for (uint32_t i = 0; i < GUEST_PAYLOAD_BYTES; i++) right &= payload[i] == GUEST_PAYLOAD_BYTE(i);
    for (uint32_t i = 0; i < GUEST_PAYLOAD_ZEROS; i++) right &= payload[GUEST_PAYLOAD_BYTES + i] == 0;
    return right;
}

// The range that holds this kernel, and nothing that ends before it begins.
static bool is_memory_known(const struct start_info *info) {
    const struct memory_range *map = (const struct memory_range *)(uintptr_t)info->memory_map;
    bool found = false;
    for (uint32_t i = 0; i < info->memory_map_count; i++) {
        if (map[i].size == 0 || map[i].first + map[i].size < map[i].first) return false;
        if (map[i].type == 1 && map[i].first <= GUEST_CODE && map[i].first + map[i].size >= 0x800000) found = true;
    }
    return found;
}

static bool is_acpi_root(uint64_t at) {
    static const char signature[8] = {'R', 'S', 'D', ' ', 'P', 'T', 'R', ' '};
    const volatile char *root = (const volatile char *)(uintptr_t)at;
    for (int i = 0; i < 8; i++) {
        if (root[i] != signature[i]) return false;
    }
    return true;
}

_Noreturn void guest_main(const struct start_info *info, uint32_t flags) {
    uint32_t cr0, cs_limit, ds_limit, task_limit;
    uint16_t cs, ds, task;
    __asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
    __asm__ volatile("mov %%cs, %0; mov %%ds, %1; str %2" : "=r"(cs), "=r"(ds), "=r"(task));
    __asm__ volatile("lsl %1, %0" : "=r"(cs_limit) : "r"((uint32_t)cs));
    __asm__ volatile("lsl %1, %0" : "=r"(ds_limit) : "r"((uint32_t)ds));
    __asm__ volatile("lsl %1, %0" : "=r"(task_limit) : "r"((uint32_t)task));
    say("protected mode without paging", (cr0 & 0x80000001) == 1);
    say("interrupts and direction flag off", (flags & 0x600) == 0);
    say("flat segments", cs_limit == UINT32_MAX && ds_limit == UINT32_MAX);
    say("task state", task_limit == 0x67);
    say("start info", info->magic == 0x336ec578 && info->version == 1 && info->module_count == 0);
    say("command line", info->command_line == 0 || *(const char *)(uintptr_t)info->command_line == 0);
    say("memory map", is_memory_known(info));
    say("acpi root", is_acpi_root(info->acpi_root));
    say("payload", is_payload_whole());
    say("end", true);
    for (;;) {
        out8(DEBUG_EXIT, 0);
        __asm__ volatile("hlt");
    }
}
