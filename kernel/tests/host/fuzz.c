// Gives Pith's parsers damaged input for a while: the TFS log with all that is read from its tree and a change of it,
// and ELF programs. Whatever the input is, they end and touch no memory that is not theirs (AddressSanitizer watches),
// and give back what they took.
//
//     fuzz FIXTURES PROGRAM [SECONDS [SEED]]      FIXTURES: the folder with the golden images; PROGRAM: an ELF to
//     damage;
//                                                 SECONDS: for each parser

#include "fuzz_inputs.h"
#include "heap_on_host.h"
#include "lib/elf.h"
#include "random.h"
#include "tap.h"
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
    case 0: return telling[random_below(sizeof telling)];
    case 1: return (uint8_t)(old ^ 1u << random_below(8));
    case 2: return (uint8_t)(old + (random_below(2) ? 1 : -1));
    default: return (uint8_t)random_number();
    }
}

/// Damages a sample, shows it, and mends it again. True if it got past the header.
static bool try_damage(struct sample *s, bool (*look)(const struct sample *)) {
    size_t places[MUTATIONS];
    uint8_t old[MUTATIONS];
    unsigned n = 1 + (unsigned)random_below(MUTATIONS);
    for (unsigned i = 0; i < n; i++) {
        unsigned range =
            s->ranges - 1 - (unsigned)(random_below(s->ranges) * random_below(2)); // the last one most often
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

static void fuzz(const char *what, struct sample *samples, unsigned count, double seconds,
                 bool (*look)(const struct sample *)) {
    unsigned long inputs = 0, past = 0;
    char sentence[128];
    for (double end = seconds_now() + seconds; seconds_now() < end;) {
        for (int i = 0; i < INPUTS_BETWEEN_LOOKS; i++, inputs++)
            past += try_damage(&samples[random_below(count)], look);
    }
    snprintf(sentence, sizeof sentence, "damaged %s do no harm, and at least half of them get past the header", what);
    ok(past * 2 >= inputs, sentence);
    ok(heap_blocks == 0, "nothing that was allocated for them is left");
    printf("# %lu inputs, %lu past the header\n", inputs, past);
}

static struct fuzz_image image_of(const struct sample *s) {
    return (struct fuzz_image){.bytes = s->bytes, .size = s->size, .sectors = s->size / TFS_SECTOR};
}

static bool look_at_image(const struct sample *s) {
    struct fuzz_image image = image_of(s);
    return fuzz_look_at_image(&image);
}

/// The extensions of an undamaged image's log, up to the last byte that is not zero.
static bool find_log(struct sample *s) {
    struct tfs t;
    const char *why;
    struct fuzz_image image = image_of(s);
    if (fuzz_open_image(&image, &t, &why) != 0) return false;
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

static bool look_at_program(const struct sample *s) { return fuzz_look_at_program(s->bytes, s->size); }

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
