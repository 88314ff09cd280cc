// Writes a whole disk with boot.img, the crash log's place, a partition table and a boot file system whose kernel is
// the test guest; or one with a defect.
//
//   make_disk BOOT_IMG GUEST OUTPUT KIND
//
// GUEST is the code of the guest, without an ELF header. KIND names the defect; any other word: a disk without one.

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot_fs.h"
#include "guest_disk.h"

#define CRASH_LOG_BYTES 4096
#define EFI_BYTES (1 << 20)
#define ROOT_BYTES (1 << 20)
#define CODE_AT 4096 // in the ELF file

static uint8_t disk[32 << 20], kernel[1 << 20];

static size_t read_file(const char *path, uint8_t *to, size_t room) {
    FILE *file = fopen(path, "rb");
    size_t bytes = file ? fread(to, 1, room, file) : 0;
    if (bytes == 0) {
        perror(path);
        exit(2);
    }
    fclose(file);
    return bytes;
}

static void put(uint8_t *to, size_t at, uint64_t value, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) to[at + i] = (uint8_t)(value >> 8 * i);
}

static void put_segment(uint8_t *header, uint32_t type, uint64_t at, uint64_t address, uint64_t bytes, uint64_t zeros) {
    put(header, 0, type, 4);
    put(header, 8, at, 8);
    put(header, 24, address, 8);
    put(header, 32, bytes, 8);
    put(header, 40, bytes + zeros, 8);
    put(header, 48, 4, 8);
}

// The guest as an ELF64 kernel. Returns its length.
static size_t pack_guest(const char *path, bool has_entry, uint64_t zeros) {
    static const uint8_t note[] = {4, 0, 0, 0, 8, 0, 0, 0, 18, 0, 0, 0, 'X', 'e', 'n', 0};
    size_t code_bytes = read_file(path, kernel + CODE_AT, 65536);
    size_t payload_at = CODE_AT + code_bytes;
    memcpy(kernel,
           "\x7f"
           "ELF\2\1\1",
           7);
    put(kernel, 16, 2, 2);
    put(kernel, 18, 62, 2);
    put(kernel, 32, 64, 8);
    put(kernel, 54, 56, 2);
    put(kernel, 56, 3, 2);
    put_segment(kernel + 64, 1, CODE_AT, GUEST_CODE, code_bytes, 0);
    put_segment(kernel + 120, 1, payload_at, GUEST_PAYLOAD, GUEST_PAYLOAD_BYTES, zeros);
    put_segment(kernel + 176, 4, 1024, 0, sizeof note + 8, 0);
    memcpy(kernel + 1024, note, sizeof note);
    put(kernel, 1024 + 8, has_entry ? 18 : 1, 4);
    put(kernel, 1024 + sizeof note, GUEST_CODE, 8);
    for (uint32_t i = 0; i < GUEST_PAYLOAD_BYTES; i++) kernel[payload_at + i] = GUEST_PAYLOAD_BYTE(i);
    return payload_at + GUEST_PAYLOAD_BYTES;
}

static void put_partition(int entry, uint8_t type, size_t first_byte, size_t bytes) {
    uint8_t *to = disk + 0x1be + 16 * entry;
    to[0] = 0x80;
    to[4] = type;
    put(to, 8, first_byte / 512, 4);
    put(to, 12, bytes / 512, 4);
}

int main(int count, char **arguments) {
    if (count != 5) {
        fprintf(stderr, "usage: make_disk BOOT_IMG GUEST OUTPUT KIND\n");
        return 2;
    }
    const char *kind = arguments[4];
    size_t boot_bytes = read_file(arguments[1], disk, 65536);
    size_t at = boot_bytes + CRASH_LOG_BYTES;
    size_t kernel_bytes = pack_guest(arguments[2], strcmp(kind, "no-entry") != 0,
                                     strcmp(kind, "too-large") == 0 ? 1u << 30 : GUEST_PAYLOAD_ZEROS);
    bool is_uefi = strcmp(kind, "uefi") == 0;
    if (is_uefi) {
        put_partition(0, 0xef, at, EFI_BYTES);
        at += EFI_BYTES;
    }
    size_t boot_fs_bytes = (size_t)BOOT_FS_SECTORS * 512;
    if (strcmp(kind, "no-partition") != 0) put_partition(is_uefi, 0x83, at, boot_fs_bytes);
    put_partition(is_uefi + 1, 0x83, at + boot_fs_bytes, ROOT_BYTES);

    if (strcmp(kind, "text-kernel") == 0) memset(kernel, '#', 64);
    struct boot_fs_form form = {.pieces = 3, .decimal = is_uefi, .many_records = is_uefi};
    uint8_t *boot_fs = boot_fs_make(&form, kernel, kernel_bytes);
    if (strcmp(kind, "no-kernel") == 0) boot_fs[25] = 1; // the log ends where its link stood
    if (strcmp(kind, "no-file-system") != 0) memcpy(disk + at, boot_fs, boot_fs_bytes);
    free(boot_fs);

    size_t bytes = at + boot_fs_bytes + ROOT_BYTES;
    if (strcmp(kind, "cut-in-kernel") == 0) bytes = at + 3200 * 512;
    FILE *output = fopen(arguments[3], "wb");
    if (output == NULL || fwrite(disk, 1, bytes, output) != bytes || fclose(output) != 0) {
        perror(arguments[3]);
        return 2;
    }
    return 0;
}
