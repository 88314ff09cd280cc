// Boot file systems and kernels with random damage: whatever it is, stage 2's modules end, with a sentence or without,
// and touch no memory that is not theirs (AddressSanitizer watches). Deterministic: the seed is the only input.
//
//   mutation_test FIXTURES [ROUNDS [SEED]]      FIXTURES: the folder with the golden images

#include <stdlib.h>
#include <string.h>

#include "../../boot/disk/kernel_image.h"
#include "../host/random.h"
#include "../host/tap.h"
#include "boot_fs.h"
#include "golden.h"
#include "ram_disk.h"
#include "tiny_kernel.h"

#define FORMS 5
#define MUTATIONS 12
#define MEMORY_BASE 0x100000u
#define MEMORY_BYTES 0x20000u

static uint8_t *memory_at(void *context, uint64_t address, uint64_t size) {
    uint8_t *memory = context;
    if (address < MEMORY_BASE || address - MEMORY_BASE > MEMORY_BYTES) return NULL;
    return size <= MEMORY_BYTES - (address - MEMORY_BASE) ? memory + (address - MEMORY_BASE) : NULL;
}

static uint8_t interesting_byte(uint8_t old) {
    static const uint8_t values[] = {0,    1,    2,    3,    4,    5,    0x7f, 0x80, 0x88,
                                     0x8f, 0x90, 0x9f, 0x10, 0x1f, 0xa1, 0xb0, 0xc0, 0xff};
    switch (random_below(3)) {
    case 0: return values[random_below(sizeof values)];
    case 1: return (uint8_t)(old ^ 1u << random_below(8));
    default: return (uint8_t)random_below(256);
    }
}

// A place where damage tells: sector 0, the start of the log, later extensions, the kernel's headers.
static size_t interesting_place(void) {
    switch (random_below(4)) {
    case 0: return random_below(48);
    case 1: return (size_t)(BOOT_FS_SECTORS - 1024 * (1 + random_below(3))) * 512 + random_below(160);
    case 2: return (size_t)3073 * 512 + (random_below(2) ? random_below(240) : 1000 + random_below(52));
    default: return 512 + random_below(400);
    }
}

static struct volume volume_of(struct ram_disk *disk, const uint8_t *image, uint64_t sectors) {
    *disk = (struct ram_disk){.bytes = image, .sectors = sectors};
    return ram_volume(disk);
}

static fault_t boot(const uint8_t *image, uint8_t *memory) {
    static struct tfs_file file;
    struct ram_disk disk;
    struct volume volume = volume_of(&disk, image, BOOT_FS_SECTORS);
    uint32_t entry;
    fault_t fault = ram_find(&volume, "kernel", &file);
    return fault ? fault : kernel_load(&file, memory_at, memory, &entry);
}

// Boots `rounds` times, each time with other damage. Returns how many were refused.
static unsigned long damage_kernels(uint8_t *const images[FORMS], uint8_t *memory, unsigned long rounds) {
    unsigned long refused = 0;
    for (unsigned long round = 0; round < rounds; round++) {
        uint8_t *image = images[round % FORMS];
        size_t places[MUTATIONS];
        uint8_t old[MUTATIONS];
        uint32_t mutations = 1 + (uint32_t)random_below(MUTATIONS);
        for (uint32_t i = 0; i < mutations; i++) {
            places[i] = interesting_place();
            old[i] = image[places[i]];
            image[places[i]] = interesting_byte(old[i]);
        }
        refused += boot(image, memory) != NULL;
        for (uint32_t i = mutations; i-- > 0;) image[places[i]] = old[i];
    }
    return refused;
}

// The same for the log of a golden image, where `name` is looked for.
static void damage_golden(const char *fixtures, const char *image_name, const char *name, unsigned long rounds) {
    char folder[512], sentence[128];
    size_t bytes;
    snprintf(folder, sizeof folder, "%s/tfs", fixtures);
    uint8_t *image = golden_unpack(folder, image_name, &bytes);
    if (image == NULL) {
        ok(false, "the golden images are there");
        return;
    }
    static struct tfs_file file;
    unsigned long refused = 0;
    for (unsigned long round = 0; round < rounds; round++) {
        size_t place = random_below(8) ? 512 + random_below(4096) : random_below(48);
        uint8_t old = image[place];
        image[place] = interesting_byte(old);
        struct ram_disk disk;
        struct volume volume = volume_of(&disk, image, bytes / SECTOR_BYTES);
        refused += ram_find(&volume, name, &file) != NULL;
        image[place] = old;
    }
    struct ram_disk disk;
    struct volume volume = volume_of(&disk, image, bytes / SECTOR_BYTES);
    snprintf(sentence, sizeof sentence, "%s: damage in the log is refused or does no harm", image_name);
    ok(refused > 0 && refused < rounds && ram_find(&volume, name, &file) == NULL, sentence);
    printf("# %lu of %lu were refused\n", refused, rounds);
    free(image);
}

int main(int count, char **arguments) {
    if (count < 2) {
        fprintf(stderr, "usage: mutation_test FIXTURES [ROUNDS [SEED]]\n");
        return 2;
    }
    unsigned long rounds = count > 2 ? strtoul(arguments[2], NULL, 10) : 20000;
    random_state = (count > 3 ? strtoull(arguments[3], NULL, 10) : 0) * 2 + 0x9e3779b97f4a7c15u;
    static uint8_t kernel[TINY_KERNEL_BYTES];
    static const struct boot_fs_form forms[FORMS] = {
        {.pieces = 1},
        {.pieces = 3, .decimal = true},
        {.pieces = 5, .many_records = true},
        {.pieces = 2, .linked = true, .many_records = true},
        {.pieces = 2, .renamed = true, .hole = 70},
    };
    uint8_t *images[FORMS], *memory = malloc(MEMORY_BYTES);
    tiny_kernel_make(kernel);
    for (int i = 0; i < FORMS; i++) images[i] = boot_fs_make(&forms[i], kernel, sizeof kernel);
    bool sound = memory != NULL;
    for (int i = 0; i + 1 < FORMS; i++) sound &= boot(images[i], memory) == NULL;
    if (ok(sound, "undamaged, the kernels boot")) {
        unsigned long refused = damage_kernels(images, memory, rounds);
        printf("# %lu of %lu damaged disks were refused\n", refused, rounds);
        ok(refused > rounds / 4 && refused < rounds, "damage is refused or does no harm");
        ok(boot(images[0], memory) == NULL, "undamaged again, they boot again");
    }
    for (int i = 0; i < FORMS; i++) free(images[i]);
    free(memory);
    damage_golden(arguments[1], "one-file", "greeting", rounds / 10);
    damage_golden(arguments[1], "written-by-kernel", "ops", rounds / 10);
    return done();
}
