// Loading the kernel: its ELF file, the machine's memory, the partition table.

#include <stdlib.h>
#include <string.h>

#include "../../boot/disk/kernel_image.h"
#include "../../boot/disk/memory_map.h"
#include "../../boot/disk/partition.h"
#include "../host/tap.h"
#include "boot_fs.h"
#include "ram_disk.h"
#include "tiny_kernel.h"

#define MEMORY_BASE 0x100000u
#define MEMORY_BYTES 0x20000u

static uint8_t kernel[TINY_KERNEL_BYTES], memory[MEMORY_BYTES];

static uint8_t *memory_at(void *context, uint64_t address, uint64_t size) {
    (void)context;
    if (address < MEMORY_BASE || address - MEMORY_BASE > MEMORY_BYTES) return NULL;
    return size <= MEMORY_BYTES - (address - MEMORY_BASE) ? memory + (address - MEMORY_BASE) : NULL;
}

// Loads `kernel` as it is now.
static fault_t load(uint32_t *entry, uint32_t *requests) {
    struct boot_fs_form form = {.pieces = 1};
    struct ram_disk disk = {.bytes = boot_fs_make(&form, kernel, sizeof kernel), .sectors = BOOT_FS_SECTORS};
    struct volume volume = ram_volume(&disk);
    static struct tfs_file file;
    memset(memory, 0xee, sizeof memory);
    fault_t fault = ram_find(&volume, "kernel", &file);
    disk.requests = 0;
    if (!fault) fault = kernel_load(&file, memory_at, NULL, entry);
    if (requests) *requests = disk.requests;
    free((void *)disk.bytes);
    return fault;
}

static bool is_all(const uint8_t *from, size_t bytes, uint8_t value) {
    for (size_t i = 0; i < bytes; i++) {
        if (from[i] != value) return false;
    }
    return true;
}

static void test_loading(void) {
    uint32_t entry, requests;
    tiny_kernel_make(kernel);
    ok(load(&entry, &requests) == NULL && entry == TINY_ENTRY, "the entry is that of the note Xen/18");
    ok(memcmp(memory, kernel + 1000, TINY_TEXT_BYTES) == 0, "the first segment is at its physical address");
    const uint8_t *data = memory + (TINY_DATA - MEMORY_BASE);
    ok(memcmp(data, kernel + TINY_DATA_AT, TINY_DATA_BYTES) == 0, "… and so is the second");
    ok(is_all(data + TINY_DATA_BYTES, TINY_DATA_MEMORY - TINY_DATA_BYTES, 0),
       "memory behind a segment's bytes is zero");
    ok(is_all(memory + TINY_TEXT_BYTES, TINY_DATA - TINY_TEXT - TINY_TEXT_BYTES, 0xee) &&
           is_all(data + TINY_DATA_MEMORY, MEMORY_BYTES - (TINY_DATA - MEMORY_BASE) - TINY_DATA_MEMORY, 0xee),
       "memory between and behind the segments is left alone");
    ok(requests == 2, "a file of 137 sectors is read in 2 requests");
}

// The fault after `value` was put at `at` of the file.
static fault_t fault_with(size_t at, uint64_t value, size_t bytes) {
    uint32_t entry;
    tiny_kernel_make(kernel);
    for (size_t i = 0; i < bytes; i++) kernel[at + i] = (uint8_t)(value >> 8 * i);
    return load(&entry, NULL);
}

enum { TYPE_AT = 16, MACHINE_AT = 18, HEADERS_AT = 32, COUNT_AT = 56, TEXT_AT = 64, DATA_AT = 120, NOTE_AT = 176 };
enum { OFFSET = 8, ADDRESS = 24, FILE_SIZE = 32, MEMORY_SIZE = 40 };

static void test_faults(void) {
    ok(is_fault(fault_with(0, 'x', 1), "the kernel is not a 64-bit ELF file"), "a kernel that is not ELF is refused");
    ok(is_fault(fault_with(4, 1, 1), "the kernel is not a 64-bit ELF file"), "… as is one of 32 bits");
    ok(is_fault(fault_with(MACHINE_AT, 183, 2), "the kernel is for another processor"), "… or for arm64");
    ok(is_fault(fault_with(TYPE_AT, 3, 2), "the kernel has an unusual ELF header"), "… or a shared object");
    ok(is_fault(fault_with(COUNT_AT, 17, 2), "the kernel has an unusual ELF header"), "… or with too many segments");
    ok(is_fault(fault_with(HEADERS_AT, UINT64_MAX - 8, 8), "the kernel file is too short"),
       "program headers beyond the end of the file are refused");
    ok(is_fault(fault_with(TEXT_AT + OFFSET, UINT64_MAX - 8, 8), "the kernel is cut short"),
       "the offset of a segment can't wrap around");
    ok(is_fault(fault_with(DATA_AT + FILE_SIZE, TINY_KERNEL_BYTES - TINY_DATA_AT + 1, 8), "the kernel is cut short"),
       "a segment that ends behind the file is refused");
    ok(is_fault(fault_with(DATA_AT + MEMORY_SIZE, TINY_DATA_BYTES - 1, 8), "the kernel is cut short"),
       "a segment with more bytes than memory is refused");
    ok(is_fault(fault_with(DATA_AT + MEMORY_SIZE, MEMORY_BYTES, 8),
                "the kernel needs more memory than this machine has"),
       "a segment that does not fit into memory is refused");
    ok(is_fault(fault_with(TEXT_AT + ADDRESS, 0x8000, 8), "the kernel needs more memory than this machine has"),
       "a segment in low memory is refused");
    ok(is_fault(fault_with(1000 + 36, 17, 4), "the kernel cannot be started: it has no PVH entry"),
       "a kernel without the note is refused");
    ok(is_fault(fault_with(1000 + 44, TINY_DATA + TINY_DATA_BYTES, 8),
                "the kernel cannot be started: it has no PVH entry"),
       "… and one whose entry is not in what was loaded");
    ok(is_fault(fault_with(1000, 0xfffffff0u, 4), "the kernel cannot be started: it has no PVH entry"),
       "a note that is larger than its segment ends the search");
    ok(is_fault(fault_with(NOTE_AT + FILE_SIZE, 51, 8), "the kernel cannot be started: it has no PVH entry"),
       "the value of a note may not be cut short");
    ok(is_fault(fault_with(NOTE_AT + FILE_SIZE, 20, 8), "the kernel cannot be started: it has no PVH entry"),
       "a note segment may end between two notes");
}

static void test_memory_map(void) {
    static const struct memory_map map = {
        .count = 4,
        .ranges =
            {
                {.first = 0, .size = 0x9fc00, .type = 1},
                {.first = 0x9fc00, .size = 0x60400, .type = 2},
                {.first = 0x100000, .size = 0x700000, .type = 1},
                {.first = 0x400000, .size = 0x1000, .type = 2},
            },
    };
    ok(memory_is_usable(&map, 0x100000, 0x300000), "usable memory is usable up to the next range");
    ok(!memory_is_usable(&map, 0x100000, 0x300001), "a reserved range inside a usable one is not");
    ok(memory_is_usable(&map, 0x401000, 0x3ff000), "memory is usable to the end of its range");
    ok(!memory_is_usable(&map, 0x401000, 0x3ff001), "… and not beyond");
    ok(!memory_is_usable(&map, 0x9f000, 0x1000), "a range that reaches into a reserved one is not usable");
    ok(!memory_is_usable(&map, 0x500000, UINT64_MAX - 0x1000), "sizes can't wrap around");
    ok(!memory_is_usable(&map, 0x900000, 1), "what the map does not name is not usable");
}

static void put_partition(uint8_t *entry, uint8_t type, uint32_t first, uint32_t sectors) {
    entry[0] = 0x80;
    entry[4] = type;
    memcpy(entry + 8, &first, 4);
    memcpy(entry + 12, &sectors, 4);
}

static void test_partitions(void) {
    uint8_t table[PARTITION_TABLE_BYTES] = {0};
    uint32_t first, sectors;
    fault_t none = partition_find_boot(table, &first, &sectors);
    ok(is_fault(none, "the partition table names no boot file system"), "an empty partition table is told");
    put_partition(table, 0x83, 31, 24576);
    put_partition(table + 16, 0x83, 24607, 4096);
    ok(partition_find_boot(table, &first, &sectors) == NULL && first == 31 && sectors == 24576,
       "the boot file system is the first partition");
    put_partition(table, 0xef, 31, 67584);
    ok(partition_find_boot(table, &first, &sectors) == NULL && first == 24607 && sectors == 4096,
       "… and the second behind an EFI system partition");
    put_partition(table + 16, 0x0c, 24607, 4096);
    ok(is_fault(partition_find_boot(table, &first, &sectors), "the partition table names no boot file system"),
       "a partition of another type is not it");
}

int main(void) {
    test_loading();
    test_faults();
    test_memory_map();
    test_partitions();
    return done();
}
