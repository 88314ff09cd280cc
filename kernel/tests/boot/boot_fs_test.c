// Finding the kernel in boot file systems of every form, and what is said where it can't be found.

#include <stdlib.h>
#include <string.h>

#include "../host/tap.h"
#include "boot_fs.h"
#include "ram_disk.h"

#define KERNEL_BYTES 300007

static uint8_t kernel[KERNEL_BYTES], contents[KERNEL_BYTES];
static struct tfs_file file;

static bool finds_kernel(struct boot_fs_form form, size_t zeros) {
    struct ram_disk disk = {.bytes = boot_fs_make(&form, kernel, sizeof kernel), .sectors = BOOT_FS_SECTORS};
    struct volume volume = ram_volume(&disk);
    fault_t fault = ram_find(&volume, "kernel", &file);
    bool right = fault == NULL && file.length == sizeof kernel;
    // Backwards and in odd pieces, then in one go.
    for (uint64_t end = sizeof kernel; right && end > 0;) {
        uint64_t take = end < 7001 ? end : 7001;
        end -= take;
        right = tfs_file_read(&file, end, take, contents + end) == NULL;
    }
    for (int pass = 0; right && pass < 2; pass++) {
        for (size_t i = 0; i < sizeof kernel; i++) right &= contents[i] == (i < zeros ? 0 : kernel[i]);
        if (pass == 0) right &= tfs_file_read(&file, 0, sizeof kernel, contents) == NULL;
    }
    if (fault) printf("# %s\n", fault);
    free((void *)disk.bytes);
    return right;
}

static void test_forms(void) {
    ok(finds_kernel((struct boot_fs_form){.pieces = 1}, 0), "one record, integers: the kernel is found and read");
    ok(finds_kernel((struct boot_fs_form){.pieces = 1, .decimal = true}, 0), "numbers may be decimal strings");
    ok(finds_kernel((struct boot_fs_form){.pieces = 1, .many_records = true}, 0), "later records complete the tree");
    ok(finds_kernel((struct boot_fs_form){.pieces = 40, .many_records = true}, 0), "extents may come in any order");
    ok(finds_kernel((struct boot_fs_form){.pieces = 1, .linked = true}, 0), "a record may go on in the next extension");
    ok(finds_kernel((struct boot_fs_form){.pieces = 2, .linked = true, .many_records = true}, 0),
       "a log may have several extensions");
    ok(finds_kernel((struct boot_fs_form){.pieces = 3, .renamed = true, .many_records = true}, 0),
       "a kernel that was put in the place of another is found under its last name");
    ok(finds_kernel((struct boot_fs_form){.pieces = 8, .hole = 74}, 74 * 512), "what was never written reads as zeros");
    ok(!finds_kernel((struct boot_fs_form){.pieces = 8, .hole = 74}, 0), "… and not as what the disk holds there");
}

static void test_requests(void) {
    struct boot_fs_form form = {.pieces = 1};
    struct ram_disk disk = {.bytes = boot_fs_make(&form, kernel, sizeof kernel), .sectors = BOOT_FS_SECTORS};
    struct volume volume = ram_volume(&disk);
    ok(ram_find(&volume, "kernel", &file) == NULL && disk.requests == 1, "a short log is read in one request");
    disk.requests = 0;
    tfs_file_read(&file, 0, sizeof kernel, contents);
    ok(disk.requests == 5, "586 sectors of a file are read in 5 requests");
    disk.requests = 0;
    file.read_ahead = 1000;
    tfs_file_read(&file, 0, 512, contents);
    tfs_file_read(&file, 512, 488, contents);
    ok(disk.requests == 1 && volume.window_count == 2, "nothing is read ahead of what will be asked for");
    ok(is_fault(tfs_file_read(&file, sizeof kernel, 1, contents), "the kernel file is too short"),
       "reading beyond the end of the file is refused");
    ok(tfs_file_read(&file, sizeof kernel, 0, contents) == NULL, "reading nothing at its end is not");

    disk.unreadable = 2;
    ok(is_fault(ram_find(&(struct volume){.read = volume.read, .context = &disk, .sectors = volume.sectors}, "kernel",
                         &file),
                "the disk cannot be read"),
       "a read error in the log is told");
    free((void *)disk.bytes);
}

// The fault after `count` bytes at `at` were replaced.
static fault_t fault_with(size_t at, const void *bytes, size_t count, uint64_t sectors) {
    struct boot_fs_form form = {.pieces = 1};
    uint8_t *image = boot_fs_make(&form, kernel, 5000);
    memcpy(image + at, bytes, count);
    struct ram_disk disk = {.bytes = image, .sectors = sectors};
    struct volume volume = ram_volume(&disk);
    fault_t fault = ram_find(&volume, "kernel", &file);
    if (!fault) fault = tfs_file_read(&file, 0, 5000, contents);
    free(image);
    return fault;
}

// In the image of fault_with: sector 0 is magic (6), version, length, UUID (16), label (1), link; the extension at
// sector 1 is magic, version, length (2), and a record.
enum { VERSION_AT = 6, LABEL_AT = 24, LINK_AT = 25, EXTENSION_AT = 512, FRAME_AT = 512 + 9 };

static void test_faults(void) {
    ok(fault_with(0, "N", 1, BOOT_FS_SECTORS) == NULL, "the image that the faults are put into is right");
    ok(is_fault(fault_with(0, "X", 1, BOOT_FS_SECTORS), "there is no TFS where the boot file system should be"),
       "no magic, no file system");
    ok(is_fault(fault_with(VERSION_AT, "\4", 1, BOOT_FS_SECTORS), "the boot file system has another version of TFS"),
       "version 4 is refused");
    char label[487];
    memset(label, 'x', sizeof label);
    ok(is_fault(fault_with(LABEL_AT, label, sizeof label, BOOT_FS_SECTORS),
                "the label of the boot file system has no end"),
       "a label without a NUL is refused");
    ok(is_fault(fault_with(LINK_AT, "\1", 1, BOOT_FS_SECTORS), "no kernel in the boot file system"),
       "an empty log holds no kernel");
    ok(is_fault(fault_with(LINK_AT, "\5\0\1", 3, BOOT_FS_SECTORS), "the log of the boot file system runs in a circle"),
       "a link to the extension itself is refused");
    ok(is_fault(fault_with(LINK_AT, "\5\1\0", 3, BOOT_FS_SECTORS), "the log of the boot file system leaves it"),
       "a link of length 0 is refused");
    ok(is_fault(fault_with(LINK_AT, "\5\1\x8f\x7f", 4, BOOT_FS_SECTORS),
                "a piece of the boot file system's log has a wrong length"),
       "an extension whose length is not that of its link is refused");
    ok(is_fault(fault_with(0, "N", 1, 1024), "the log of the boot file system leaves it"),
       "an extension beyond the end of the volume is refused");
    ok(is_fault(fault_with(0, "N", 1, 3075), "the kernel lies outside the boot file system"),
       "an extent beyond the end of the volume is refused");
    ok(is_fault(fault_with(LINK_AT, "\7", 1, BOOT_FS_SECTORS),
                "the log of the boot file system holds an unknown frame"),
       "an unknown frame is refused");
    char segments[487];
    memset(segments, 4, sizeof segments);
    ok(is_fault(fault_with(LINK_AT, segments, sizeof segments, BOOT_FS_SECTORS),
                "the log of the boot file system has no end"),
       "frames up to the end of an extension are refused");
    ok(is_fault(fault_with(FRAME_AT, "\3", 1, BOOT_FS_SECTORS),
                "the log of the boot file system goes on with a record that it did not begin"),
       "a continuation without a start is refused");
    ok(is_fault(fault_with(FRAME_AT + 1, "\1\2", 2, BOOT_FS_SECTORS),
                "the log of the boot file system holds a part larger than its record"),
       "a part larger than the record is refused");
    ok(is_fault(fault_with(FRAME_AT + 1, "\1\1", 2, BOOT_FS_SECTORS),
                "the log of the boot file system holds a record cut short"),
       "a record shorter than its value is refused");
    ok(is_fault(fault_with(FRAME_AT + 1, "\2\1\x91\1", 4, BOOT_FS_SECTORS),
                "the log of the boot file system holds an unfinished record"),
       "a record that lacks its second part is refused");
    ok(is_fault(fault_with(FRAME_AT + 1, "\2\2\x90\x90", 4, BOOT_FS_SECTORS),
                "the log of the boot file system holds a record with a rest"),
       "a record longer than its value is refused");
    ok(is_fault(fault_with(FRAME_AT + 1, "\1\1\xb0", 3, BOOT_FS_SECTORS),
                "the log of the boot file system holds a record that is no tuple"),
       "a record that is no tuple is refused");
    ok(is_fault(fault_with(FRAME_AT + 1, "\2\2\x10\1", 4, BOOT_FS_SECTORS),
                "the log of the boot file system refers to a tuple that it does not hold"),
       "a reference to nothing is refused");
    ok(is_fault(fault_with(FRAME_AT + 1, "\4\4\x91\1\x90", 5, BOOT_FS_SECTORS),
                "the log of the boot file system refers to a name that it does not hold"),
       "the name of an attribute may not be a tuple");
    ok(is_fault(fault_with(FRAME_AT + 1, "\4\4\x91\x81x\xd0", 6, BOOT_FS_SECTORS),
                "the log of the boot file system holds a value of unknown type"),
       "a type that does not exist is refused");
    ok(is_fault(
           fault_with(FRAME_AT + 1, "\x0d\x0d\x9f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 14, BOOT_FS_SECTORS),
           "the log of the boot file system holds a number of more than 64 bits"),
       "a number of more than 64 bits is refused");
}

static void test_nesting(void) {
    uint8_t record[4 + 3 * 200];
    size_t at = 0, values = 200;
    size_t bytes = 3 * values;
    record[at++] = (uint8_t)(0x80 | bytes >> 7);
    record[at++] = bytes & 0x7f;
    record[at++] = (uint8_t)(0x80 | bytes >> 7);
    record[at++] = bytes & 0x7f;
    for (size_t i = 0; i < values; i++) memcpy(record + at + 3 * i, "\x91\x81x", 3);
    ok(is_fault(fault_with(FRAME_AT + 1, record, sizeof record, BOOT_FS_SECTORS),
                "the boot file system is nested too deep"),
       "values are not nested without a limit");
}

static void test_extents(void) {
    struct ram_disk disk = {.bytes = kernel, .sectors = KERNEL_BYTES / 512};
    struct volume volume = ram_volume(&disk);
    tfs_file_open(&file, &volume);
    file.length = 10 * 512;
    fault_t first = tfs_file_add(&file, (struct tfs_extent){.first = 4, .sector = 7, .count = 2});
    ok(first == NULL, "an extent need not start at the start of the file");
    ok(tfs_file_add(&file, (struct tfs_extent){.first = 5, .sector = 20, .count = 1}) != NULL &&
           tfs_file_add(&file, (struct tfs_extent){.first = 3, .sector = 20, .count = 2}) != NULL,
       "extents that overlap are refused");
    ok(tfs_file_add(&file, (struct tfs_extent){.first = 6, .sector = 20, .count = UINT64_MAX}) != NULL,
       "the count of an extent can't wrap around");

    memset(contents, 0xee, sizeof contents);
    fault_t fault = tfs_file_read(&file, 3 * 512 + 1, 4 * 512, contents);

    bool right = fault == NULL;
    for (size_t i = 0; i < 4 * 512; i++) {
        size_t sector = (3 * 512 + 1 + i) / 512;
        right &= contents[i] == (sector == 4 || sector == 5 ? kernel[(3 + 3) * 512 + 1 + i] : 0);
    }
    ok(right && contents[4 * 512] == 0xee, "what no extent covers reads as zeros, before and after one");

    for (uint32_t i = 1; i < FILE_EXTENTS; i++) {
        fault = tfs_file_add(&file, (struct tfs_extent){.first = 10 + i, .sector = i, .count = 1});
        if (fault) break;
    }
    ok(fault == NULL && is_fault(tfs_file_add(&file, (struct tfs_extent){.first = 9000, .sector = 1, .count = 1}),
                                 "the kernel in the boot file system has too many pieces"),
       "64 extents are room enough, and no more are taken");
}

int main(void) {
    for (size_t i = 0; i < sizeof kernel; i++) kernel[i] = (uint8_t)(i * 31 + i / 509 + 1);
    test_forms();
    test_requests();
    test_faults();
    test_nesting();
    test_extents();
    return done();
}
