// Names in the log of a TFS: each stands there once, whatever comes and goes, and memory does not keep them for ever.
#include "disk_in_memory.h"
#include "fs/tfs/append.h"
#include "fs/tfs/edit.h"
#include "fs/tfs/tree.h"
#include "heap_on_host.h"
#include "lib/errno.h"
#include "tap.h"
#include <string.h>

enum { SECTORS = 12 * 1024, FILES = 20000, KEPT_EACH = 1000, AGAIN_EACH = 50 };

static int make(struct tfs *t, const char *name) {
    struct tfs_node *node;
    int result = tfs_make(t, TFS_FILE, NULL, 1, &node);
    return result == 0 ? tfs_name(t, t->root, name, strlen(name), node) : result;
}

static int make_and_remove(struct tfs *t, const char *name) {
    int result = make(t, name);
    return result == 0 ? tfs_unname(t, t->root, name, strlen(name)) : result;
}

static bool has(struct tfs *t, const char *name) {
    return tfs_get_tuple(t, tfs_get_tuple(t, t->root, "children", 8), name, strlen(name)) != NULL;
}

/// Files come and go, each under a name of its own. The log remembers all of them, and memory with it, until there are
/// so many that the log is written anew. Some come back after a while.
static void test_names_that_go(void) {
    struct memory_disk d;
    struct tfs t;
    char name[32];
    uint32_t most = 0;
    disk_make(&d, SECTORS);
    disk_format(&d, "names");
    bool good = disk_open(&t, &d);
    int result = good ? 0 : -EIO;
    for (int i = 0; i < FILES && result == 0; i++) {
        snprintf(name, sizeof name, "once-%d", i);
        result = i % KEPT_EACH == 0 ? make(&t, name) : make_and_remove(&t, name);
        if (result == 0 && i % AGAIN_EACH == 0) {
            snprintf(name, sizeof name, "again-%d", i % 7000);
            result = make_and_remove(&t, name);
        }
        if (result == 0 && i % 10 == 0) result = tfs_commit(&t);
        if (t.symbol_count > most) most = t.symbol_count;
    }
    if (result == 0) result = tfs_commit(&t);
    ok(result == 0 && most < 5000, "names that nothing has any more are not kept in memory for ever");
    tfs_close(&t);
    good = disk_open(&t, &d);
    bool all = good;
    for (int i = 0; i < FILES && all; i += KEPT_EACH) {
        snprintf(name, sizeof name, "once-%d", i);
        all = has(&t, name);
    }
    ok(all && !has(&t, "once-1"), "and those that stay are read again");
    ok(good && !t.repeats_name, "a name that comes back is not written out a second time");
    tfs_close(&t);
    disk_free(&d);
}

/// Pith wrote such logs once.
static void test_repeated_name(void) {
    struct memory_disk d;
    struct tfs t;
    disk_make(&d, SECTORS);
    disk_format(&d, "twice");
    int result = disk_open(&t, &d) ? make(&t, "first") : -EIO;
    if (result == 0) result = tfs_commit(&t);
    struct tfs_symbol *name = tfs_symbol_make(&t, "first", 5);
    if (name) name->number = 0; // as if it were forgotten
    if (result == 0) result = tfs_unname(&t, t.root, "first", 5);
    if (result == 0) result = tfs_commit(&t);
    tfs_close(&t);
    bool good = result == 0 && disk_open(&t, &d);
    ok(good && t.repeats_name, "a log that has a name twice is read, and it is noticed");
    result = make(&t, "second");
    if (result == 0) result = tfs_commit(&t);
    tfs_close(&t);
    good = result == 0 && disk_open(&t, &d);
    ok(good && !t.repeats_name && has(&t, "second"), "the first change writes it anew, with each name once");
    tfs_close(&t);
    disk_free(&d);
}

int main(void) {
    test_names_that_go();
    test_repeated_name();
    ok(heap_blocks == 0, "every block of memory was freed");
    return done();
}
