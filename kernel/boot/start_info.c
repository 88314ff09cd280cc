// What the loader left in memory: PVH's start info, copied and checked before anything else may overwrite it.
#include "boot/start_info.h"

#include "arch/layout.h"
#include "arch/paging.h"
#include "boot/boot.h"
#include "boot/options.h"
#include "lib/string.h"
#include <stddef.h>

/// Xen's public header arch-x86/hvm/start_info.h, version 1.
struct hvm_start_info {
    uint32_t magic, version, flags, module_count;
    uint64_t modules, command_line, rsdp, memory_map;
    uint32_t memory_map_entries, reserved;
};

struct memory_map_entry {
    uint64_t start, size;
    uint32_t type, reserved;
};

enum { START_INFO_MAGIC = 0x336ec578, MEMORY_RAM = 1, MEMORY_MAP_MAX = 512, COMMAND_LINE_CAP = 2048 };

/// What pvh.S mapped: nothing above may be read yet.
#define READABLE_END (1ull << 30)
#define LOW_MEMORY 0x10000

extern char kernel_text_start[], kernel_end[];

struct ram_ranges boot_ram;
uint64_t boot_rsdp;

static char command_line[COMMAND_LINE_CAP];

static bool is_readable(uint64_t pa, uint64_t size) {
    return pa != 0 && pa < READABLE_END && size <= READABLE_END - pa;
}

static uint64_t image_address(const char *symbol) { return (uint64_t)symbol - KERNEL_BASE; }

static void read_command_line(uint64_t pa) {
    if (!is_readable(pa, COMMAND_LINE_CAP)) {
        return;
    }
    const char *text = phys_to_virt(pa);
    memcpy(command_line, text, strnlen(text, COMMAND_LINE_CAP - 1));
}

const char *start_info_read(uint64_t pa) {
    if (!is_readable(pa, sizeof(struct hvm_start_info))) {
        return "the loader passed no start info";
    }
    const struct hvm_start_info *info = phys_to_virt(pa);
    if (info->magic != START_INFO_MAGIC) {
        return "the loader's start info has a wrong magic number";
    }
    read_command_line(info->command_line);
    boot_rsdp = info->rsdp;
    if (info->version < 1 || info->memory_map_entries == 0 || info->memory_map_entries > MEMORY_MAP_MAX ||
        !is_readable(info->memory_map, info->memory_map_entries * sizeof(struct memory_map_entry))) {
        return "the loader passed no memory map";
    }
    const struct memory_map_entry *map = phys_to_virt(info->memory_map);
    for (uint32_t i = 0; i < info->memory_map_entries; i++) {
        if (map[i].type == MEMORY_RAM) {
            ram_ranges_add(&boot_ram, map[i].start, map[i].size);
        }
    }
    // Where a map contradicts itself, what is reserved wins.
    for (uint32_t i = 0; i < info->memory_map_entries; i++) {
        if (map[i].type != MEMORY_RAM) {
            ram_ranges_remove(&boot_ram, map[i].start, map[i].size);
        }
    }
    ram_ranges_remove(&boot_ram, 0, LOW_MEMORY);
    ram_ranges_remove(&boot_ram, image_address(kernel_text_start), (uint64_t)(kernel_end - kernel_text_start));
    return NULL;
}

uint64_t boot_take_page(void) {
    for (unsigned i = 0; i < boot_ram.count; i++) {
        uint64_t pa = boot_ram.list[i].start;
        if (pa >= image_address(kernel_end) && pa + PAGE_SIZE <= READABLE_END) {
            ram_ranges_remove(&boot_ram, pa, PAGE_SIZE);
            memset(phys_to_virt(pa), 0, PAGE_SIZE);
            return pa;
        }
    }
    return 0;
}

const char *boot_command_line(void) { return command_line; }

bool boot_has_option(const char *name) { return option_find(command_line, name) != NULL; }

bool boot_option(const char *name, char *to, unsigned cap) { return option_value(command_line, name, to, cap); }
