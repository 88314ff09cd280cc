// Encoding a TFS log. Values are written with their dictionary numbers counted along, names in full only once.

#include "boot_fs.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_DATA 3073 // where builders put the first file
#define EXTENSION 1024
#define NAMES 256

enum { BUFFER = 0, TUPLE = 1, INTEGER = 3, STRING = 4 };
enum { END = 1, RECORD = 2, MORE = 3, LINK = 5 };

struct encoder {
    uint8_t bytes[16384]; // the record being built
    size_t length;
    uint32_t numbers; // given out in the dictionary
    char names[NAMES][16];
    uint32_t name_numbers[NAMES], name_count;
    bool decimal;
};

static size_t varint(uint8_t *to, uint64_t number) {
    uint8_t reversed[10];
    size_t n = 0;
    do reversed[n++] = number & 0x7f;
    while (number >>= 7);
    for (size_t i = 0; i < n; i++) to[i] = (uint8_t)(reversed[n - 1 - i] | (i + 1 < n ? 0x80 : 0));
    return n;
}

static void put(struct encoder *e, uint8_t byte) {
    assert(e->length < sizeof e->bytes);
    e->bytes[e->length++] = byte;
}

static void put_varint(struct encoder *e, uint64_t number) { e->length += varint(e->bytes + e->length, number); }

static void put_header(struct encoder *e, bool immediate, uint8_t type, uint64_t number) {
    uint8_t first = (uint8_t)(immediate << 7 | type << 4);
    if (number < 8) {
        put(e, (uint8_t)(first | number));
        return;
    }
    int shift = 0;
    while (number >> shift >= 8) shift += 7;
    put(e, (uint8_t)(first | 8 | number >> shift));
    for (shift -= 7; shift >= 0; shift -= 7) put(e, (uint8_t)((number >> shift & 0x7f) | (shift ? 0x80 : 0)));
}

static void put_text(struct encoder *e, uint8_t type, const char *text) {
    put_header(e, true, type, strlen(text));
    for (; *text; text++) put(e, (uint8_t)*text);
}

static void put_name(struct encoder *e, const char *name) {
    for (uint32_t i = 0; i < e->name_count; i++) {
        if (strcmp(e->names[i], name) == 0) {
            put_header(e, false, BUFFER, e->name_numbers[i]);
            return;
        }
    }
    assert(e->name_count < NAMES && strlen(name) < sizeof e->names[0]);
    strcpy(e->names[e->name_count], name);
    e->name_numbers[e->name_count++] = ++e->numbers;
    put_text(e, BUFFER, name);
}

static uint32_t put_tuple(struct encoder *e, uint64_t attributes) {
    put_header(e, true, TUPLE, attributes);
    return ++e->numbers;
}

static void put_reference(struct encoder *e, uint32_t tuple, uint64_t attributes) {
    put_header(e, false, TUPLE, attributes);
    put_varint(e, tuple);
}

static void put_number(struct encoder *e, uint64_t number) {
    if (e->decimal) {
        char text[24];
        snprintf(text, sizeof text, "%llu", (unsigned long long)number);
        put_text(e, STRING, text);
    } else {
        put_header(e, true, INTEGER, 0);
        put_varint(e, number);
    }
}

struct log {
    uint8_t *image;
    size_t at;
    uint32_t extension; // first sector
    bool linked;
};

static void log_put(struct log *log, uint8_t byte) { log->image[log->at++] = byte; }

static void log_put_varint(struct log *log, uint64_t number) { log->at += varint(log->image + log->at, number); }

static void log_begin(struct log *log, uint32_t sector, uint32_t sectors) {
    log->at = (size_t)sector * 512;
    log->extension = sector;
    for (const char *c = "NVMTFS\5"; *c; c++) log_put(log, (uint8_t)*c);
    log_put_varint(log, sectors);
}

static void log_link(struct log *log, uint32_t sector) {
    log_put(log, LINK);
    log_put_varint(log, sector);
    log_put_varint(log, EXTENSION);
    log_put(log, END); // never looked at
    log_begin(log, sector, EXTENSION);
}

static void log_record(struct log *log, struct encoder *e) {
    size_t first = log->linked ? e->length / 2 : e->length;
    log_put(log, RECORD);
    log_put_varint(log, e->length);
    log_put_varint(log, first);
    for (size_t i = 0; i < first; i++) log_put(log, e->bytes[i]);
    if (log->linked) {
        // The extensions after the first stand at the end of the volume, the last one in front.
        log_link(log, log->extension == 1 ? BOOT_FS_SECTORS - EXTENSION : log->extension - EXTENSION);
        log_put(log, MORE);
        log_put_varint(log, e->length - first);
        for (size_t i = first; i < e->length; i++) log_put(log, e->bytes[i]);
    }
    e->length = 0;
}

// The pieces stand on the volume in the order of the file, with gaps between them.
static void put_extent(struct encoder *e, const struct boot_fs_form *form, uint32_t piece, uint32_t sectors) {
    char name[16];
    uint32_t each = (sectors + form->pieces - 1) / form->pieces;
    uint32_t first = piece * each;
    uint32_t count = first >= sectors ? 0 : sectors - first < each ? sectors - first : each;
    bool is_hole = first + count <= form->hole;
    snprintf(name, sizeof name, "%u", first);
    put_name(e, name);
    put_tuple(e, is_hole ? 4 : 3);
    put_name(e, "offset");
    put_number(e, FIRST_DATA + first + 3 * piece);
    put_name(e, "length");
    put_number(e, count);
    put_name(e, "allocated");
    put_number(e, count);
    if (is_hole) {
        put_name(e, "uninited");
        put_header(e, true, BUFFER, 1);
        put(e, 0);
    }
}

static void write_contents(uint8_t *image, const struct boot_fs_form *form, const uint8_t *kernel, size_t bytes) {
    size_t sectors = (bytes + 511) / 512;
    size_t each = (sectors + form->pieces - 1) / form->pieces * 512;
    for (size_t at = 0, piece = 0; at < bytes; at += each, piece++) {
        size_t count = bytes - at < each ? bytes - at : each;
        memcpy(image + FIRST_DATA * 512 + at + 3 * 512 * piece, kernel + at, count);
    }
}

uint8_t *boot_fs_make(const struct boot_fs_form *form, const uint8_t *kernel, size_t kernel_bytes) {
    static struct encoder e;
    memset(&e, 0, sizeof e);
    e.decimal = form->decimal;
    uint32_t sectors = (uint32_t)((kernel_bytes + 511) / 512);
    assert(FIRST_DATA + sectors + 3 * form->pieces < BOOT_FS_SECTORS - 8 * EXTENSION);
    uint8_t *image = calloc(BOOT_FS_SECTORS, 512);
    assert(image != NULL);
    write_contents(image, form, kernel, kernel_bytes);

    struct log log = {.image = image, .linked = form->linked};
    log_begin(&log, 0, 1);
    log.at += 16 + 1; // no UUID, no label
    log_link(&log, 1);

    put_tuple(&e, 2);
    put_name(&e, "klibs");
    put_text(&e, STRING, "bootfs");
    put_name(&e, "children");
    uint32_t directory = put_tuple(&e, form->renamed ? 3 : 2);
    put_name(&e, "klib");
    put_tuple(&e, 1);
    put_name(&e, "children");
    put_tuple(&e, 0);
    if (form->renamed) {
        put_name(&e, "kernel");
        put_tuple(&e, 1);
        put_name(&e, "extents");
        put_tuple(&e, 0);
    }
    put_name(&e, form->renamed ? "kernel.new" : "kernel");
    uint32_t node = put_tuple(&e, form->many_records ? 0 : 2);
    if (form->many_records) {
        log_record(&log, &e);
        put_reference(&e, node, 1);
    }
    put_name(&e, "extents");
    uint32_t extents = put_tuple(&e, form->many_records ? 0 : form->pieces);
    for (uint32_t piece = form->pieces; piece-- > 0;) {
        if (form->many_records) {
            log_record(&log, &e);
            put_reference(&e, extents, 1);
        }
        put_extent(&e, form, piece, sectors);
    }
    if (form->many_records) {
        log_record(&log, &e);
        put_reference(&e, node, 1);
    }
    put_name(&e, "filelength");
    put_number(&e, kernel_bytes);
    log_record(&log, &e);
    if (form->renamed) {
        put_reference(&e, directory, 2);
        put_name(&e, "kernel.new");
        put_header(&e, true, BUFFER, 0);
        put_name(&e, "kernel");
        put_reference(&e, node, 0);
        log_record(&log, &e);
    }
    log_put(&log, END);
    return image;
}
