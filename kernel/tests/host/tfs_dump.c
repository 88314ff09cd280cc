// Prints what a TFS image holds, as JSON: uuid, label, the root's attributes, and the tree with the extents of files.
// golden.ts compares it with what the golden images are known to hold.
//
//     tfs_dump IMAGE [first-byte]

#include "fs/tfs/tfs.h"
#include "mem/heap.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct image {
    FILE *file;
    uint64_t base;
};

static int read_sectors(void *context, uint64_t sector, uint32_t count, void *to) {
    struct image *image = context;
    if (fseek(image->file, (long)(image->base + sector * TFS_SECTOR), SEEK_SET) != 0) return -5;
    return fread(to, TFS_SECTOR, count, image->file) == count ? 0 : -5;
}

static void print_text(const char *bytes, size_t n) {
    putchar('"');
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c == '"' || c == '\\') printf("\\%c", c);
        else if (c < 0x20) printf("\\u%04x", c);
        else putchar(c);
    }
    putchar('"');
}

static void print_value(const struct tfs_value *v, unsigned depth);

static void print_node(const struct tfs_node *node, unsigned depth) {
    bool tuple = node->kind == TFS_TUPLE, first = true;
    putchar(tuple ? '{' : '[');
    for (const struct tfs_entry *e = tfs_next(node, 0); e && depth < 50; e = tfs_next(node, e->value.order + 1)) {
        if (tuple && depth == 0 && strcmp(e->name->bytes, "children") == 0) continue;
        if (tuple && strcmp(e->name->bytes, "..") == 0) continue;
        if (!first) putchar(',');
        first = false;
        if (tuple) {
            print_text(e->name->bytes, e->name->length);
            putchar(':');
        }
        print_value(&e->value, depth + 1);
    }
    putchar(tuple ? '}' : ']');
}

static void print_value(const struct tfs_value *v, unsigned depth) {
    if (v->kind == TFS_TUPLE || v->kind == TFS_VECTOR) print_node(v->node, depth);
    else if (v->kind == TFS_STRING) print_text(v->string->bytes, v->string->length);
    else if (v->kind == TFS_INTEGER) printf("%s%llu", v->negative ? "-" : "", (unsigned long long)v->magnitude);
    else printf(v->kind == TFS_TRUE ? "true" : "null");
}

static void print_file(const struct tfs *t, const struct tfs_node *node) {
    uint64_t size = 0;
    tfs_number(tfs_get(t, node, "filelength", 10), &size);
    struct tfs_extent *extents;
    size_t count;
    if (tfs_extents(t, node, &extents, &count) != 0) {
        printf("{\"type\":\"broken\"}");
        return;
    }
    printf("{\"type\":\"file\",\"size\":%llu,\"extents\":[", (unsigned long long)size);
    for (size_t i = 0; i < count; i++) {
        printf("%s[%llu,%llu,%llu,%d]", i ? "," : "", (unsigned long long)extents[i].file,
               (unsigned long long)extents[i].disk, (unsigned long long)extents[i].length, extents[i].uninited);
    }
    printf("]}");
    kfree(extents);
}

static void print_tree(const struct tfs *t, const struct tfs_node *directory, const char *path, bool *first) {
    const struct tfs_node *children = tfs_get_tuple(t, directory, "children", 8);
    if (!children || strlen(path) > 2000) return;
    for (const struct tfs_entry *e = tfs_next(children, 0); e; e = tfs_next(children, e->value.order + 1)) {
        if (e->value.kind != TFS_TUPLE) continue;
        char below[4096];
        snprintf(below, sizeof below, "%s/%s", path, e->name->bytes);
        printf("%s\n  ", *first ? "" : ",");
        *first = false;
        print_text(below, strlen(below));
        putchar(':');
        const struct tfs_node *node = e->value.node;
        enum tfs_type type = tfs_type(t, node);
        if (type == TFS_FILE) print_file(t, node);
        else if (type == TFS_LINK) {
            printf("{\"type\":\"link\",\"target\":");
            const struct tfs_string *target = tfs_get(t, node, "linktarget", 10)->string;
            print_text(target->bytes, target->length);
            putchar('}');
        } else printf("{\"type\":\"%s\"}", type == TFS_DIRECTORY ? "dir" : "other");
        if (type == TFS_DIRECTORY) print_tree(t, node, below, first);
    }
}

int main(int argc, char **argv) {
    struct image image = {.file = argc > 1 ? fopen(argv[1], "rb") : NULL,
                          .base = argc > 2 ? strtoull(argv[2], NULL, 0) : 0};
    if (!image.file) {
        fprintf(stderr, "tfs_dump IMAGE [first-byte]\n");
        return 2;
    }
    fseek(image.file, 0, SEEK_END);
    struct tfs_source source = {
        .read = read_sectors, .context = &image, .sectors = ((uint64_t)ftell(image.file) - image.base) / TFS_SECTOR};
    struct tfs t;
    const char *why;
    if (tfs_open(&t, &source, &why) != 0) {
        fprintf(stderr, "%s\n", why);
        return 1;
    }
    printf("{\"uuid\":\"");
    for (int i = 0; i < TFS_UUID; i++) printf("%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", t.uuid[i]);
    printf("\",\"label\":");
    print_text(t.label, strlen(t.label));
    printf(",\"attributes\":");
    print_node(t.root, 0);
    printf(",\"tree\":{");
    bool first = true;
    print_tree(&t, t.root, "", &first);
    printf("}}\n");
    tfs_close(&t);
    fclose(image.file);
    return 0;
}
