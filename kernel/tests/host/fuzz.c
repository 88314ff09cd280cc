// Gives Pith's parsers damaged input for a while: the TFS log with all that is read from its tree, and ELF programs. Whatever
// the input is, they end and touch no memory that is not theirs (AddressSanitizer watches), and give back what they took.
//
//     fuzz FIXTURES PROGRAM [SECONDS [SEED]]      FIXTURES: the folder with the golden images; PROGRAM: an ELF to damage;
//                                                 SECONDS: for each parser

#include "fs/tfs/tfs.h"
#include "heap_on_host.h"
#include "lib/elf.h"
#include "lib/elf_symbols.h"
#include "mem/heap.h"
#include "random.h"
#include "tap.h"
#include "task/manifest.h"
#include "tests/boot/golden.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MUTATIONS = 10, INPUTS_BETWEEN_LOOKS = 64 };

/// Bytes that are damaged, and where damage tells.
struct sample {
    uint8_t *bytes;
    size_t size;
    size_t from[16], length[16]; // ranges
    unsigned ranges;
};

static uint8_t other_byte(uint8_t old) {
    static const uint8_t telling[] = {0, 1, 2, 3, 4, 5, 0x7f, 0x80, 0x81, 0xff, 0xfe, 0x10, 0x20, 0x40, 0x88, 0xc0};
    switch (random_below(4)) {
    case 0:
        return telling[random_below(sizeof telling)];
    case 1:
        return (uint8_t)(old ^ 1u << random_below(8));
    case 2:
        return (uint8_t)(old + (random_below(2) ? 1 : -1));
    default:
        return (uint8_t)random_number();
    }
}

/// Damages a sample, shows it, and mends it again. True if it got past the header.
static bool try_damage(struct sample *s, bool (*look)(const struct sample *)) {
    size_t places[MUTATIONS];
    uint8_t old[MUTATIONS];
    unsigned n = 1 + (unsigned)random_below(MUTATIONS);
    for (unsigned i = 0; i < n; i++) {
        unsigned range = s->ranges - 1 - (unsigned)(random_below(s->ranges) * random_below(2)); // the last one most often
        places[i] = s->from[range] + random_below(s->length[range]);
        old[i] = s->bytes[places[i]];
        s->bytes[places[i]] = other_byte(old[i]);
    }
    bool past = look(s);
    while (n-- > 0) s->bytes[places[n]] = old[n];
    return past;
}

static double seconds_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void fuzz(const char *what, struct sample *samples, unsigned count, double seconds, bool (*look)(const struct sample *)) {
    unsigned long inputs = 0, past = 0;
    char sentence[128];
    for (double end = seconds_now() + seconds; seconds_now() < end;) {
        for (int i = 0; i < INPUTS_BETWEEN_LOOKS; i++, inputs++) past += try_damage(&samples[random_below(count)], look);
    }
    snprintf(sentence, sizeof sentence, "damaged %s do no harm, and at least half of them get past the header", what);
    ok(past * 2 >= inputs, sentence);
    ok(heap_blocks == 0, "nothing that was allocated for them is left");
    printf("# %lu inputs, %lu past the header\n", inputs, past);
}

static int read_image(void *context, uint64_t sector, uint32_t count, void *to) {
    const struct sample *s = context;
    if ((sector + count) * TFS_SECTOR > s->size) return -5;
    memcpy(to, s->bytes + sector * TFS_SECTOR, (size_t)count * TFS_SECTOR);
    return 0;
}

static int open_image(const struct sample *s, struct tfs *t, const char **why) {
    struct tfs_source source = {.read = read_image, .context = (void *)(uintptr_t)s, .sectors = s->size / TFS_SECTOR};
    return tfs_open(t, &source, why);
}

/// Reads all that a mounted file system would be asked for, level by level: trees of damaged logs may go round.
static void read_tree(const struct tfs *t, const struct tfs_node *directory, unsigned depth) {
    const struct tfs_node *children = tfs_get_tuple(t, directory, "children", 8);
    if (!children || depth == 0) return;
    for (const struct tfs_entry *e = tfs_next(children, 0); e; e = tfs_next(children, e->value.order + 1)) {
        if (e->value.kind != TFS_TUPLE) continue;
        struct tfs_extent *extents;
        size_t count;
        uint64_t size;
        enum tfs_type type = tfs_type(t, e->value.node);
        tfs_number(tfs_get(t, e->value.node, "filelength", 10), &size);
        if (type == TFS_FILE && tfs_extents(t, e->value.node, &extents, &count) == 0) kfree(extents);
        if (type == TFS_DIRECTORY) read_tree(t, e->value.node, depth - 1);
    }
}

static void nobody_listens(const char *name) { (void)name; }

static bool look_at_image(const struct sample *s) {
    static const char *const header[] = {"it does not begin as a TFS does", "its TFS is not of version 5", "its label does not end"};
    struct tfs t;
    struct manifest m;
    const char *why;
    if (open_image(s, &t, &why) != 0) {
        for (size_t i = 0; why && i < sizeof header / sizeof *header; i++) {
            if (strcmp(why, header[i]) == 0) return false;
        }
        return true;
    }
    read_tree(&t, t.root, 4);
    if (manifest_read(&t, &m) == 0) manifest_free(&m);
    manifest_unknown(&t, nobody_listens);
    tfs_close(&t);
    return true;
}

/// The extensions of an undamaged image's log, up to the last byte that is not zero.
static bool find_log(struct sample *s) {
    struct tfs t;
    const char *why;
    if (open_image(s, &t, &why) != 0) return false;
    for (uint32_t i = 0; i < t.extension_count && s->ranges < 16; i++) {
        size_t from = t.extensions[i].sector * TFS_SECTOR, length = t.extensions[i].sectors * TFS_SECTOR;
        while (length > 0 && s->bytes[from + length - 1] == 0) length--;
        s->from[s->ranges] = from;
        s->length[s->ranges++] = length + 1;
    }
    tfs_close(&t);
    return true;
}

static void fuzz_images(const char *fixtures, double seconds) {
    // Not "many-files": in the time of one of it, hundreds of the others are tried.
    static const char *const names[] = {"empty", "empty-file", "integers", "labelled", "large-file",
                                        "links", "names",      "nested",   "one-file", "written-by-kernel"};
    enum { COUNT = sizeof names / sizeof *names };
    static struct sample samples[COUNT];
    char folder[512];
    bool sound = true;
    snprintf(folder, sizeof folder, "%s/tfs", fixtures);
    for (int i = 0; i < COUNT; i++) {
        samples[i].bytes = golden_unpack(folder, names[i], &samples[i].size);
        sound &= samples[i].bytes && find_log(&samples[i]);
    }
    if (ok(sound, "undamaged, the golden images are read")) fuzz("TFS logs", samples, COUNT, seconds, look_at_image);
    for (int i = 0; i < COUNT; i++) free(samples[i].bytes);
}

static bool read_program(void *context, uint64_t offset, void *to, uint64_t n) {
    const struct sample *s = context;
    if (offset > s->size || n > s->size - offset) return false;
    memcpy(to, s->bytes + offset, n);
    return true;
}

static bool look_at_program(const struct sample *s) {
    struct elf_header header;
    struct elf_layout layout;
    char name[64];
    uint64_t start;
    if (elf_read_header(s->bytes, s->size, s->size, &header)) return false;
    // As exec does: in memory of just that size.
    size_t bytes = (size_t)header.phdr_count * ELF_PHDR_BYTES;
    void *phdrs = malloc(bytes);
    memcpy(phdrs, s->bytes + header.phdr_offset, bytes);
    const char *wrong = elf_read_layout(&header, phdrs, s->size, &layout);
    free(phdrs);
    struct elf_source source = {.read = read_program, .context = (void *)(uintptr_t)s, .size = s->size};
    elf_find_function(&source, wrong ? header.entry : layout.low + random_below(layout.high - layout.low), name, sizeof name, &start);
    return true;
}

/// Damages a program's headers and the tables that they lead to; the sections' twice as often, behind the others.
static void fuzz_programs(const char *path, double seconds) {
    struct sample s = {0};
    FILE *file = fopen(path, "rb");
    if (!ok(file != NULL, "the program to be damaged is there")) return;
    s.bytes = golden_read_all(file, &s.size);
    fclose(file);
    struct elf_header header;
    if (!ok(look_at_program(&s) && !elf_read_header(s.bytes, s.size, s.size, &header), "undamaged, it is read")) return;
    const size_t from[] = {16, header.phdr_offset, header.shdr_offset, header.shdr_offset};
    const size_t length[] = {48, header.phdr_count * (size_t)ELF_PHDR_BYTES, header.shdr_count * (size_t)ELF_SHDR_BYTES,
                             header.shdr_count * (size_t)ELF_SHDR_BYTES};
    s.ranges = 4;
    memcpy(s.from, from, sizeof from);
    memcpy(s.length, length, sizeof length);
    fuzz("ELF programs", &s, 1, seconds, look_at_program);
    free(s.bytes);
}

int main(int count, char **arguments) {
    if (count < 3) {
        fprintf(stderr, "usage: fuzz FIXTURES PROGRAM [SECONDS [SEED]]\n");
        return 2;
    }
    double seconds = count > 3 ? atof(arguments[3]) : 5;
    uint64_t seed = count > 4 ? strtoull(arguments[4], NULL, 0) : 0;
    random_state += seed * 2;
    fuzz_images(arguments[1], seconds);
    fuzz_programs(arguments[2], seconds);
    return done();
}
