// Looking at damaged images and programs.

#include "fuzz_inputs.h"
#include "fs/tfs/append.h"
#include "fs/tfs/edit.h"
#include "fs/tfs/tree.h"
#include "lib/elf.h"
#include "lib/elf_symbols.h"
#include "mem/heap.h"
#include "proc/manifest.h"
#include <stdlib.h>
#include <string.h>

static int read_image(void *context, uint64_t sector, uint32_t count, void *to) {
    const struct fuzz_image *image = context;
    if (sector > image->sectors || count > image->sectors - sector) return -5;
    size_t from = sector * TFS_SECTOR, bytes = (size_t)count * TFS_SECTOR;
    size_t there = from >= image->size ? 0 : image->size - from < bytes ? image->size - from : bytes;
    if (there > 0) memcpy(to, image->bytes + from, there);
    memset((char *)to + there, 0, bytes - there);
    return 0;
}

static int lose(void *context, uint64_t sector, uint32_t count, const void *from) {
    const struct fuzz_image *image = context;
    (void)from;
    return sector > image->sectors || count > image->sectors - sector ? -5 : 0;
}

static int flush(void *context) {
    (void)context;
    return 0;
}

int fuzz_open_image(const struct fuzz_image *image, struct tfs *t, const char **why) {
    struct tfs_source source = {.read = read_image,
                                .write = lose,
                                .flush = flush,
                                .context = (void *)(uintptr_t)image,
                                .sectors = image->sectors};
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

/// A name more in the root, and the whole tree written anew.
static void write_tree(struct tfs *t) {
    struct tfs_node *node;
    if (tfs_writer_begin(t) != 0 || tfs_make(t, TFS_FILE, NULL, 1, &node) != 0) return;
    if (tfs_name(t, t->root, "new", 3, node) != 0) tfs_node_free(t, node);
    if (tfs_commit(t) != 0) return;
    t->writer->must_compact = true;
    tfs_commit(t);
}

static void nobody_listens(const char *name) { (void)name; }

bool fuzz_look_at_image(const struct fuzz_image *image) {
    static const char *const header[] = {"it does not begin as a TFS does", "its TFS is not of version 5",
                                         "its label does not end"};
    struct tfs t;
    struct manifest m;
    const char *why;
    if (fuzz_open_image(image, &t, &why) != 0) {
        for (size_t i = 0; why && i < sizeof header / sizeof *header; i++) {
            if (strcmp(why, header[i]) == 0) return false;
        }
        return true;
    }
    read_tree(&t, t.root, 4);
    if (manifest_read(&t, &m) == 0) manifest_free(&m);
    manifest_unknown(&t, nobody_listens);
    write_tree(&t);
    tfs_close(&t);
    return true;
}

struct program {
    const uint8_t *bytes;
    size_t size;
};

static bool read_program(void *context, uint64_t offset, void *to, uint64_t n) {
    const struct program *p = context;
    if (offset > p->size || n > p->size - offset) return false;
    memcpy(to, p->bytes + offset, n);
    return true;
}

bool fuzz_look_at_program(const uint8_t *bytes, size_t size) {
    struct program p = {bytes, size};
    struct elf_header header;
    struct elf_layout layout;
    char name[64];
    uint64_t start;
    if (elf_read_header(bytes, size, size, &header)) return false;
    // As exec does: in memory of just that size.
    size_t table = (size_t)header.phdr_count * ELF_PHDR_BYTES;
    void *phdrs = malloc(table);
    memcpy(phdrs, bytes + header.phdr_offset, table);
    const char *wrong = elf_read_layout(&header, phdrs, size, &layout);
    free(phdrs);
    struct elf_source source = {.read = read_program, .context = &p, .size = size};
    elf_find_function(&source, wrong ? header.entry : layout.low + (layout.high - layout.low) / 3, name, sizeof name,
                      &start);
    elf_find_function(&source, header.entry, name, sizeof name, &start);
    return true;
}
