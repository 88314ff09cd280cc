// Writing a TFS: random changes, each batch of them found again whole or not at all after the power was cut.
//
//     tfs_write_test SCRATCH-FOLDER    also leaves volumes there, for tfs_written.ts to look at

#include "disk_in_memory.h"
#include "fs/tfs/extents.h"
#include "fs/tfs/tree.h"
#include "heap_on_host.h"
#include "lib/errno.h"
#include "mem/heap.h"
#include "tap.h"
#include <stdlib.h>
#include <string.h>

enum { SECTORS = 12 * 1024, FILES = 24, TEXT = 1 << 16 };

static uint32_t seed;

static uint32_t next_random(void) {
    seed = seed * 1664525u + 1013904223u;
    return seed >> 8;
}

/// What a volume holds, as text: names, kinds, lengths, counts of names, and a sum over each file's content.
struct report {
    char *text;
    size_t used;
};

static int by_name(const void *a, const void *b) {
    const struct tfs_entry *const *x = a, *const *y = b;
    return strcmp((*x)->name->bytes, (*y)->name->bytes);
}

static uint32_t content_sum(const struct tfs *t, const struct memory_disk *d, const struct tfs_node *node,
                            uint64_t size) {
    struct tfs_extent *extents;
    size_t count;
    uint32_t sum = 0;
    if (tfs_extents(t, node, &extents, &count) != 0) return 0xdeadbeef;
    for (size_t i = 0; i < count; i++) {
        const struct tfs_extent *e = &extents[i];
        for (uint64_t s = 0; s < e->length && !e->uninited; s++) {
            const uint8_t *data = d->now + (e->disk + s) * TFS_SECTOR;
            for (size_t k = 0; k < TFS_SECTOR && (e->file + s) * TFS_SECTOR + k < size; k += 73) {
                sum += (uint32_t)(data[k] * ((e->file + s) * 31 + k + 1));
            }
        }
    }
    kfree(extents);
    return sum;
}

static void add(struct report *r, const struct tfs *t, const struct memory_disk *d, const struct tfs_node *directory,
                int depth) {
    const struct tfs_node *children = tfs_get_tuple(t, directory, "children", 8);
    if (!children || children->live == 0) return;
    const struct tfs_entry **list = malloc(children->live * sizeof(struct tfs_entry *));
    size_t n = 0;
    for (const struct tfs_entry *e = tfs_next(children, 0); e; e = tfs_next(children, e->value.order + 1))
        list[n++] = e;
    qsort(list, n, sizeof *list, by_name);
    for (size_t i = 0; i < n; i++) {
        const struct tfs_node *node = list[i]->value.node;
        uint64_t size = 0, names = 1;
        enum tfs_type type = tfs_type(t, node);
        tfs_number(tfs_get(t, node, "filelength", 10), &size);
        tfs_number(tfs_get(t, node, "nlink", 5), &names);
        r->used += (size_t)snprintf(r->text + r->used, TEXT - r->used, "%*s%s %d %llu %llu %x\n", depth, "",
                                    list[i]->name->bytes, type, (unsigned long long)size, (unsigned long long)names,
                                    type == TFS_FILE ? content_sum(t, d, node, size) : 0);
        if (type == TFS_DIRECTORY) add(r, t, d, node, depth + 1);
    }
    free(list);
}

static char *describe(const struct tfs *t, const struct memory_disk *d) {
    struct report r = {.text = malloc(TEXT)};
    r.text[0] = '\0';
    add(&r, t, d, t->root, 0);
    return r.text;
}

/// No sector is used twice: the free ones can be worked out.
static bool space_is_sound(struct tfs *t) {
    bool sound = tfs_writer_begin(t) == 0;
    return sound;
}

static struct tfs_node *directory_at(struct tfs *t, unsigned n) {
    char name[16];
    const struct tfs_node *children = tfs_get_tuple(t, t->root, "children", 8);
    size_t length = (size_t)snprintf(name, sizeof name, "dir%u", n % 3);
    struct tfs_node *found = tfs_get_tuple(t, children, name, length);
    return found && tfs_get_tuple(t, found, "children", 8) ? found : t->root;
}

static struct tfs_node *child_at(struct tfs *t, struct tfs_node *directory, const char *name) {
    return tfs_get_tuple(t, tfs_get_tuple(t, directory, "children", 8), name, strlen(name));
}

static int write_data(struct memory_disk *d, struct tfs *t, uint64_t disk, uint64_t count) {
    uint8_t data[TFS_SECTOR];
    struct tfs_source source = disk_source(d);
    int result = 0;
    t->writer->data_unflushed = true;
    for (uint64_t s = 0; s < count && result == 0; s++) {
        memset(data, (int)(next_random() & 0xff), sizeof data);
        result = source.write(d, disk + s, 1, data);
    }
    return result;
}

/// Writes to a range of a file that has no place yet, or cuts the file.
static int change_content(struct memory_disk *d, struct tfs *t, struct tfs_node *node) {
    struct tfs_extents e;
    uint64_t start, end, from = next_random() % 200, to = from + 1 + next_random() % 60;
    if (tfs_type(t, node) != TFS_FILE) return 0;
    int result = tfs_extents_load(t, node, &e);
    if (result == 0 && next_random() % 4 == 0) {
        result = tfs_extents_remove(t, &e, from, next_random() % 2 ? UINT64_MAX : to);
    } else if (result == 0) {
        bool uninited = next_random() % 4 == 0;
        while (result == 0 && tfs_extents_hole(&e, from, to, &start, &end)) {
            struct tfs_extent x = {.file = start, .length = end - start, .uninited = uninited};
            result = tfs_space_available(t) < x.length ? -ENOSPC : tfs_space_take(t, 0, &x.disk, &x.length);
            x.allocated = x.length;
            if (result == 0 && !uninited) result = write_data(d, t, x.disk, x.length);
            if (result == 0) result = tfs_extents_add(t, &e, &x);
        }
        if (result == 0 && uninited && next_random() % 2) {
            size_t at = tfs_extents_from(&e, from);
            if (at < e.count && e.list[at].uninited && e.list[at].file <= from) {
                const struct tfs_extent *x = &e.list[at];
                result = write_data(d, t, x->disk + (from - x->file), 1);
                if (result == 0) result = tfs_extents_written(t, &e, from, from + 1);
            }
        }
        if (result == 0) result = tfs_put_number(t, node, "filelength", to * TFS_SECTOR - next_random() % TFS_SECTOR);
    }
    tfs_extents_free(&e);
    return result == -ENOSPC ? 0 : result;
}

/// Frees what a node that has lost its last name held.
static void bury(struct tfs *t, struct tfs_node *node) {
    struct tfs_extents e;
    node->attached = NULL;
    if (node->refs > 0) return;
    if (tfs_type(t, node) == TFS_FILE && tfs_extents_load(t, node, &e) == 0) {
        tfs_extents_remove(t, &e, 0, UINT64_MAX);
        tfs_extents_free(&e);
    }
    tfs_node_free(t, node);
}

static int change(struct memory_disk *d, struct tfs *t) {
    static int held;
    char name[24], other[24];
    struct tfs_node *directory = directory_at(t, next_random()), *to = directory_at(t, next_random()), *node = NULL,
                    *target;
    size_t length = (size_t)snprintf(name, sizeof name, "file%u", next_random() % FILES);
    size_t other_length = (size_t)snprintf(other, sizeof other, "file%u", next_random() % FILES);
    struct tfs_node *there = child_at(t, directory, name);
    int result = 0;
    switch (next_random() % 8) {
    case 0:
    case 1:
        if (there) return change_content(d, t, there);
        result = tfs_make(t, next_random() % 5 ? TFS_FILE : TFS_LINK, "a target", 12345, &node);
        if (result == 0) result = tfs_name(t, directory, name, length, node);
        return result;
    case 2:
        length = (size_t)snprintf(name, sizeof name, "dir%u", next_random() % 3);
        if (child_at(t, t->root, name)) return 0;
        result = tfs_make(t, TFS_DIRECTORY, NULL, 1, &node);
        return result == 0 ? tfs_name(t, t->root, name, length, node) : result;
    case 3:
        if (!there) return 0;
        there->attached = &held;
        result = tfs_unname(t, directory, name, length);
        bury(t, there);
        return result;
    case 4:
        target = child_at(t, to, other);
        if (!there || target == there) return 0;
        if (target) target->attached = &held;
        result = tfs_move(t, directory, name, length, to, other, other_length);
        if (target) bury(t, target);
        return result;
    case 5: return there && !child_at(t, to, other) ? tfs_name(t, to, other, other_length, there) : 0;
    case 6:
        target = child_at(t, to, other);
        return there && target && target != there ? tfs_exchange(t, directory, name, length, to, other, other_length)
                                                  : 0;
    default: return there ? change_content(d, t, there) : 0;
    }
}

/// Changes and commits until the power goes. True if what is found then is what one of the last two commits left.
static bool survives(uint32_t with, long writes, long *cuts) {
    struct memory_disk d;
    struct tfs t;
    seed = with;
    disk_make(&d, SECTORS);
    disk_format(&d, "cut");
    char *before = NULL, *after = NULL;
    bool good = disk_open(&t, &d);
    after = describe(&t, &d);
    d.writes_before_cut = writes;
    while (good && !d.is_cut) {
        int result = 0;
        for (unsigned n = 1 + next_random() % 12; n > 0 && result == 0; n--) result = change(&d, &t);
        free(before);
        before = after;
        after = describe(&t, &d);
        // Made often, so that a log that is written anew is cut as often as one that grows.
        if (t.writer && next_random() % 16 == 0) t.writer->must_compact = true;
        if (result == 0) result = tfs_commit(&t);
        if (result != 0 && !d.is_cut) {
            printf("# a change failed with %d\n", result);
            good = false;
        }
    }
    tfs_close(&t);
    disk_after_cut(&d, next_random);
    ++*cuts;
    if (good && (good = disk_open(&t, &d))) {
        char *found = describe(&t, &d);
        good = strcmp(found, before) == 0 || strcmp(found, after) == 0;
        if (!good)
            printf("# seed %u, after %ld sectors, found:\n%s# before:\n%s# after:\n%s", with, writes, found, before,
                   after);
        good = good && space_is_sound(&t);
        free(found);
        tfs_close(&t);
    }
    free(before);
    free(after);
    disk_free(&d);
    return good;
}

static void test_power_cuts(long most) {
    long cuts = 0;
    bool good = true;
    for (uint32_t s = 1; good && cuts < most; s++) good = survives(s * 7919, 1 + (long)(s * 37 % 3000), &cuts);
    printf("# %ld cuts\n", cuts);
    ok(good, "after a power cut at any sector a volume is what one of the last two commits made it");
}

static void test_many_changes(const char *folder) {
    struct memory_disk d;
    struct tfs t;
    seed = 4711;
    disk_make(&d, SECTORS);
    disk_format(&d, "many");
    bool good = disk_open(&t, &d);
    int result = 0;
    for (int i = 0; good && i < 30000 && result == 0; i++) {
        result = change(&d, &t);
        if (result == 0 && next_random() % 20 == 0) result = tfs_commit(&t);
    }
    if (result == 0) result = tfs_commit(&t);
    ok(result == 0, "30 000 changes fit into a small volume, because its log is written anew");
    ok(t.extension_count < 16, "the log does not grow without end");
    char *left = describe(&t, &d);
    uint64_t available = tfs_space_available(&t);
    tfs_close(&t);
    ok(disk_open(&t, &d), "the volume can be read again");
    char *found = describe(&t, &d);
    ok(strcmp(left, found) == 0, "it holds what was left in memory");
    ok(space_is_sound(&t) && tfs_space_available(&t) == available, "what was free is free, no sector is lost");
    char path[4096];
    snprintf(path, sizeof path, "%s/many.img", folder);
    FILE *f = fopen(path, "wb");
    ok(f && fwrite(d.now, TFS_SECTOR, SECTORS, f) == SECTORS && fclose(f) == 0,
       "the volume is kept for another reader");
    snprintf(path, sizeof path, "%s/many.txt", folder);
    f = fopen(path, "wb");
    ok(f && fputs(found, f) >= 0 && fclose(f) == 0, "and its description");
    free(left);
    free(found);
    tfs_close(&t);
    disk_free(&d);
}

static void test_full_volume(void) {
    struct memory_disk d;
    struct tfs t;
    struct tfs_node *node;
    char name[32];
    int result = 0, made = 0;
    disk_make(&d, 1 + 3 * 1024 + 16);
    disk_format(&d, "full");
    ok(disk_open(&t, &d) && tfs_writer_begin(&t) == 0, "the smallest volume can be written");
    ok(tfs_space_available(&t) == 16, "beside the log and its two reserves it has room for data");
    while (made < 200000 && result == 0) {
        size_t length = (size_t)snprintf(name, sizeof name, "a-rather-long-name-%d", made);
        result = tfs_make(&t, TFS_FILE, NULL, 1, &node);
        if (result == 0 && (result = tfs_name(&t, t.root, name, length, node)) != 0) tfs_node_free(&t, node);
        if (result == 0) made++;
        if (result == 0 && made % 100 == 0) result = tfs_commit(&t);
    }
    ok(result == -ENOSPC && made > 5000, "names are made until there is no room for the log, and then refused");
    result = 0;
    for (int i = 0; i < made && result == 0; i++) {
        size_t length = (size_t)snprintf(name, sizeof name, "a-rather-long-name-%d", i);
        result = tfs_unname(&t, t.root, name, length);
        if (result == 0 && i % 100 == 0) result = tfs_commit(&t);
    }
    if (result == 0) result = tfs_commit(&t);
    printf("# %d names, the last result %d\n", made, result);
    ok(result == 0, "all of them can be removed again from the full volume");
    tfs_close(&t);
    ok(disk_open(&t, &d), "and it can be read after that");
    tfs_close(&t);
    disk_free(&d);
}

/// A file that is open still when its name goes has its sectors until it is closed: the log has nothing to say of that
/// any more.
static void test_open_without_name(void) {
    struct memory_disk d;
    struct tfs t;
    struct tfs_node *node;
    struct tfs_extents e;
    struct tfs_extent x = {.length = 64, .allocated = 64};
    static int held;
    disk_make(&d, SECTORS);
    disk_format(&d, "open");
    int result = disk_open(&t, &d) ? tfs_writer_begin(&t) : -EIO;
    uint64_t before = tfs_space_available(&t);
    if (result == 0) result = tfs_make(&t, TFS_FILE, NULL, 1, &node);
    if (result == 0) result = tfs_name(&t, t.root, "open", 4, node);
    if (result == 0) result = tfs_extents_load(&t, node, &e);
    if (result == 0) result = tfs_space_take(&t, 0, &x.disk, &x.length);
    if (result == 0) result = tfs_extents_add(&t, &e, &x);
    tfs_extents_free(&e);
    if (result == 0) result = tfs_commit(&t);
    node->attached = &held;
    if (result == 0) result = tfs_unname(&t, t.root, "open", 4);
    if (result == 0) result = tfs_commit(&t);
    ok(result == 0 && tfs_space_available(&t) == before - 64, "an open file without a name keeps its place");
    bury(&t, node);
    result = tfs_commit(&t);
    ok(result == 0 && tfs_space_available(&t) == before,
       "and when it is closed the place is free, without a record of it");
    tfs_close(&t);
    disk_free(&d);
}

static void test_no_memory(void) {
    bool good = true;
    long most = 0;
    for (long after = 0; good && after < 300; after += 3) {
        struct memory_disk d;
        struct tfs t;
        seed = 99;
        disk_make(&d, SECTORS);
        disk_format(&d, "poor");
        good = disk_open(&t, &d);
        heap_fails_after = after;
        int result = 0;
        for (int i = 0; i < 60 && result == 0; i++) result = change(&d, &t);
        heap_fails_after = -1;
        if (result != 0 && result != -ENOMEM) good = false;
        // With memory again, what is in memory is what is written.
        char *left = describe(&t, &d);
        if (tfs_commit(&t) != 0) good = false;
        tfs_close(&t);
        good = good && disk_open(&t, &d);
        if (good) {
            char *found = describe(&t, &d);
            good = strcmp(left, found) == 0;
            free(found);
            tfs_close(&t);
        }
        if (result == -ENOMEM) most = after;
        free(left);
        disk_free(&d);
    }
    ok(good && most > 50, "without memory a change fails, and nothing that was changed before is lost");
}

int main(int argc, char **argv) {
    long cuts = argc > 2 ? atol(argv[2]) : 400;
    test_many_changes(argc > 1 ? argv[1] : ".");
    test_full_volume();
    test_open_without_name();
    test_no_memory();
    test_power_cuts(cuts);
    ok(heap_blocks == 0, "every block of memory was freed");
    return done();
}
