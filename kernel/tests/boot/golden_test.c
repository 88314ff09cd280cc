// Reading golden images: file systems that the format's reference tools and the reference kernel wrote. Every regular
// file directly under the root must be found, with the length and digest that the list beside the image gives.
//
// The folder with the images (tfs/, ops/) is the program's argument.

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../../boot/disk/partition.h"
#include "../host/tap.h"
#include "golden.h"
#include "ram_disk.h"
#include "sha256.h"

#define MANY 50 // of more files than these every 40th is enough

static char *read_list(const char *folder, const char *name) {
    char path[1024];
    size_t bytes;
    snprintf(path, sizeof path, "%s/%s.json", folder, name);
    FILE *list = fopen(path, "r");
    if (list == NULL) return NULL;
    char *text = (char *)golden_read_all(list, &bytes);
    fclose(list);
    return text;
}

// Reads the file and gives its digest as text.
static bool digest_of(struct tfs_file *file, char digest[65]) {
    uint8_t *contents = malloc(file->length + 1);
    assert(contents != NULL);
    bool whole = tfs_file_read(file, 0, file->length, contents) == NULL;
    sha256_text(contents, file->length, digest);
    free(contents);
    return whole;
}

struct tally {
    int files, wrong;
};

// `entry` is the list's text behind a path: {"type": …, "size": …, "sha256": …}.
static void check_entry(struct volume volume, const char *name, const char *entry, struct tally *tally) {
    static struct tfs_file file;
    char digest[65], listed[65] = "";
    unsigned long long size = 0;
    const char *end = strchr(entry, '}');
    const char *size_at = strstr(entry, "\"size\": "), *digest_at = strstr(entry, "\"sha256\": \"");
    bool is_file = size_at && digest_at && end && size_at < end && digest_at < end &&
                   sscanf(size_at, "\"size\": %llu", &size) == 1 &&
                   sscanf(digest_at, "\"sha256\": \"%64[0-9a-f]", listed) == 1;
    fault_t fault = ram_find(&volume, name, &file);
    bool right = is_file
                     ? fault == NULL && file.length == size && digest_of(&file, digest) && strcmp(digest, listed) == 0
                     : is_fault(fault, "the kernel in the boot file system is not a regular file");
    tally->files++;
    if (!right) printf("# %s: %s\n", name, fault ? fault : "other contents");
    if (!right) tally->wrong++;
}

static void check_image(const char *folder, const char *name, int least) {
    char sentence[128];
    size_t bytes;
    uint8_t *image = golden_unpack(folder, name, &bytes);
    char *list = read_list(folder, name);
    if (image == NULL || list == NULL) {
        ok(false, "the golden images are there");
    } else {
        struct ram_disk disk = {.bytes = image, .sectors = bytes / SECTOR_BYTES};
        struct tally tally = {0, 0};
        int met = 0;
        const char *at = strstr(list, "\"tree\"");
        while (at != NULL && (at = strstr(at, "\"/")) != NULL) {
            char path[64];
            at += 2;
            int taken = 0;
            bool at_root = sscanf(at, "%63[^/\"\\]%n", path, &taken) == 1 && strncmp(at + taken, "\": {", 4) == 0;
            if (at_root && (met++ < MANY || met % 40 == 0)) check_entry(ram_volume(&disk), path, at + taken, &tally);
        }
        struct tfs_file file;
        struct volume volume = ram_volume(&disk);
        snprintf(sentence, sizeof sentence, "%s: %d entries of the root are as listed", name, tally.files);
        ok(tally.wrong == 0 && tally.files >= least, sentence);
        snprintf(sentence, sizeof sentence, "%s: a file that is not there is not found", name);
        ok(is_fault(ram_find(&volume, "not-there", &file), "no kernel in the boot file system"), sentence);
    }
    free(image);
    free(list);
}

static void check_disk(const char *folder) {
    char path[1024], text[128];
    size_t bytes;
    uint32_t first, sectors;
    uint8_t *image = golden_unpack(folder, "configured", &bytes);
    snprintf(path, sizeof path, "%s/input/release/kernel.img", folder);
    FILE *kernel = fopen(path, "r");
    if (image == NULL || kernel == NULL || fread(text, 1, sizeof text, kernel) != sizeof text) {
        ok(false, "the golden disk is there");
        return;
    }
    fclose(kernel);
    fault_t fault = partition_find_boot(image + 0x1be, &first, &sectors);
    ok(fault == NULL && sectors == 24576, "a disk made by OPS has its boot file system in the partition table");
    struct ram_disk disk = {.bytes = image + (size_t)first * SECTOR_BYTES, .sectors = sectors};
    struct volume volume = ram_volume(&disk);
    static struct tfs_file file;
    char contents[sizeof text];
    ok(ram_find(&volume, "kernel", &file) == NULL && file.length == sizeof text &&
           tfs_file_read(&file, 0, sizeof text, contents) == NULL && memcmp(contents, text, sizeof text) == 0,
       "… and its kernel is the release's");
    free(image);
}

int main(int count, char **arguments) {
    if (count != 2) {
        fprintf(stderr, "usage: golden_test FOLDER\n");
        return 2;
    }
    char tfs[512], ops[512];
    snprintf(tfs, sizeof tfs, "%s/tfs", arguments[1]);
    snprintf(ops, sizeof ops, "%s/ops", arguments[1]);
    check_image(tfs, "empty", 0);
    check_image(tfs, "one-file", 1);
    check_image(tfs, "nested", 1);
    check_image(tfs, "many-files", 1);
    check_image(tfs, "empty-file", 2);
    check_image(tfs, "names", 1);
    check_image(tfs, "links", 2);
    check_image(tfs, "large-file", 1);
    check_image(tfs, "labelled", 0);
    check_image(tfs, "integers", 0);
    check_image(tfs, "written-by-kernel", 4);
    check_disk(ops);
    return done();
}
