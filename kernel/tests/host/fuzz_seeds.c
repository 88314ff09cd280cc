// Writes what libFuzzer begins with: the golden images, as far as their logs go.
//
//     fuzz_seeds FIXTURES FOLDER

#include "fuzz_inputs.h"
#include "tests/boot/golden.h"
#include <stdio.h>
#include <stdlib.h>

static const char *const names[] = {"empty", "empty-file", "integers", "labelled",         "links",
                                    "names", "nested",     "one-file", "written-by-kernel"};

/// How far the log of an image goes, up to its last byte that is not zero; 0 if it can't be read.
static size_t log_end(const uint8_t *bytes, size_t size) {
    const struct fuzz_image image = {.bytes = bytes, .size = size, .sectors = size / TFS_SECTOR};
    struct tfs t;
    const char *why;
    if (fuzz_open_image(&image, &t, &why) != 0) return 0;
    size_t end = t.tail + 1;
    tfs_close(&t);
    return end;
}

static int write_seed(const char *folder, const char *name, const uint8_t *bytes, size_t size) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    if (!file) return 1;
    int failed = fwrite(bytes, 1, size, file) != size;
    return fclose(file) != 0 || failed;
}

int main(int count, char **arguments) {
    char folder[4096];
    if (count != 3) {
        fprintf(stderr, "usage: fuzz_seeds FIXTURES FOLDER\n");
        return 2;
    }
    snprintf(folder, sizeof folder, "%s/tfs", arguments[1]);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t size;
        uint8_t *bytes = golden_unpack(folder, names[i], &size);
        size_t end = bytes ? log_end(bytes, size) : 0;
        if (end == 0 || write_seed(arguments[2], names[i], bytes, end) != 0) {
            fprintf(stderr, "fuzz_seeds: %s can't be read or written\n", names[i]);
            return 1;
        }
        free(bytes);
    }
    return 0;
}
