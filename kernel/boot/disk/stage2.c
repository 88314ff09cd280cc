// Stage 2 of the boot loader: from the partition table to the kernel's first instruction.
//
// Says nothing when all goes well; otherwise one sentence on the screen and on the serial port, and the machine stops.

#include <stddef.h>
#include <stdint.h>

#include "bios.h"
#include "fw_cfg.h"
#include "kernel_image.h"
#include "memory_map.h"
#include "partition.h"
#include "tfs_tree.h"

#define KERNEL_LOWEST 0x100000u
#define BELOW_4_GIB 0x100000000u
#define SERIAL_DATA 0x3f8
#define SERIAL_LINE_STATUS 0x3fd
#define SERIAL_READY 0x20
// As much as Pith takes.
#define COMMAND_LINE_SIZE 2048
#define PVH_MAGIC 0x336ec578u

// What the kernel finds at ebx: hvm_start_info of the PVH boot protocol, version 1.
struct pvh_start_info {
    uint32_t magic, version, flags, module_count;
    uint64_t modules, command_line, acpi_root, memory_map;
    uint32_t memory_map_count, reserved;
};

// enter.S and boot.ld
void stage2_main(uint32_t drive);
_Noreturn void kernel_enter(uint32_t entry, const struct pvh_start_info *info);
_Noreturn void stop(void);
extern const uint8_t partition_table[];
extern uint8_t arena_start[], arena_end[];

static struct boot_disk {
    uint32_t drive, first;
} disk;
static struct memory_map memory_map;
static struct tfs_tree tree;
static struct tfs_file kernel;
static struct pvh_start_info start_info;
static char command_line[COMMAND_LINE_SIZE];

static inline uint8_t in8(uint16_t port) {
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline void out8(uint16_t port, uint8_t value) { __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }

static void say(const char *text) {
    for (; *text != 0; text++) {
        bios_put_character(*text);
        for (int i = 0; i < 65536 && !(in8(SERIAL_LINE_STATUS) & SERIAL_READY); i++) {
        }
        out8(SERIAL_DATA, (uint8_t)*text);
    }
}

static void stop_at(fault_t fault) {
    if (fault == NULL) return;
    say("unideck boot: ");
    say(fault);
    say("\r\n");
    stop();
}

static const uint8_t *read_sectors(void *context, uint64_t first, uint32_t count) {
    const struct boot_disk *from = context;
    return bios_read_sectors(from->drive, from->first + first, count);
}

// Above 1 MiB, so clear of everything of ours and of the BIOS's.
static uint8_t *kernel_memory(void *context, uint64_t address, uint64_t size) {
    if (address < KERNEL_LOWEST || address >= BELOW_4_GIB || size > BELOW_4_GIB - address) return NULL;
    return memory_is_usable(context, address, size) ? (uint8_t *)(uintptr_t)address : NULL;
}

void stage2_main(uint32_t drive) {
    if (!bios_read_memory_map(&memory_map)) stop_at("the BIOS does not say how much memory there is");
    if (!memory_is_usable(&memory_map, 0, (uintptr_t)arena_end)) stop_at("there is less than 512 KiB of low memory");

    uint32_t sectors;
    disk.drive = drive;
    stop_at(partition_find_boot(partition_table, &disk.first, &sectors));
    struct volume volume = {.read = read_sectors, .context = &disk, .sectors = sectors};
    stop_at(tree_replay(&tree, &volume, "kernel", arena_start, (size_t)(arena_end - arena_start)));
    stop_at(tree_find(&tree, &kernel));

    fw_cfg_read("opt/org.unideck.boot/options", command_line, sizeof(command_line));
    uint32_t entry;
    stop_at(kernel_load(&kernel, kernel_memory, &memory_map, &entry));
    start_info = (struct pvh_start_info){
        .magic = PVH_MAGIC,
        .version = 1,
        .command_line = (uintptr_t)command_line,
        .acpi_root = bios_find_acpi(),
        .memory_map = (uintptr_t)memory_map.ranges,
        .memory_map_count = memory_map.count,
    };
    kernel_enter(entry, &start_info);
}
