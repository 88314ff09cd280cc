// Paths, in a tree of a file system in memory with another one mounted in it.

#include "fs/memory.h"
#include "fs/walk.h"
#include "heap_on_host.h"
#include "lib/errno.h"
#include "mem/heap.h"
#include "random.h"
#include "tap.h"
#include <stdlib.h>
#include <string.h>

static struct dentry *root;

static int make(const char *path, uint32_t mode, const char *target) {
    struct walk_end end;
    struct inode *made;
    int result = walk_parent(NULL, path, 0, &end);
    if (result != 0) return result;
    struct inode *directory = end.parent->inode;
    result = directory->operations->make(directory, end.name, end.length, mode, target, &made);
    if (result == 0) inode_drop(made);
    dentry_drop(end.parent);
    return result;
}

static void make_tree(void) {
    root = dentry_root(memory_filesystem(1));
    walk_set_root(root);
    make("/dir", MODE_DIRECTORY, NULL);
    make("/dir/sub", MODE_DIRECTORY, NULL);
    make("/dir/sub/file", MODE_FILE, NULL);
    make("/dir/link", MODE_LINK, "sub/file");
    make("/absolute", MODE_LINK, "/dir/sub");
    make("/slash", MODE_LINK, "/dir/sub/");
    make("/dir/up", MODE_LINK, "../dir/./link");
    make("/broken", MODE_LINK, "/nowhere");
    make("/one", MODE_LINK, "two");
    make("/two", MODE_LINK, "one");
    make("/self", MODE_LINK, "self/x");
    make("/mnt", MODE_DIRECTORY, NULL);
    make("/mnt/hidden", MODE_FILE, NULL);
    dentry_mount(root, "mnt", dentry_root(memory_filesystem(2)));
    make("/mnt/shown", MODE_DIRECTORY, NULL);
    dentry_mount(root, "extra", dentry_root(memory_filesystem(3)));
}

/// Where a path leads: its own path, or the negative errno.
static const char *where(struct dentry *from, const char *path, unsigned flags) {
    static char text[PATH_LONGEST];
    struct dentry *d;
    int result = walk_path(from, path, flags, &d);
    if (result != 0) {
        snprintf(text, sizeof text, "%d", result);
        return text;
    }
    dentry_path(d, text, sizeof text);
    dentry_drop(d);
    return text;
}

static bool leads(const char *path, const char *wanted) { return strcmp(where(NULL, path, 0), wanted) == 0; }
static bool fails(const char *path, int error) { return atoi(where(NULL, path, 0)) == -error; }

static void plain(void) {
    ok(leads("/", "/") && leads("///", "/") && leads("/.", "/"), "the root, however it is written");
    ok(leads("/dir/sub/file", "/dir/sub/file") && leads("//dir//./sub/../sub///file", "/dir/sub/file"),
       "slashes, dots and a way up on the way");
    ok(leads("/dir/sub/", "/dir/sub") && fails("/dir/sub/file/", ENOTDIR), "a slash at the end wants a directory");
    ok(leads("/..", "/") && leads("/../../dir/../..", "/"), "above the root is the root");
    ok(fails("/nothing", ENOENT) && fails("/nothing/below", ENOENT) && fails("", ENOENT), "what is not there");
    ok(fails("/dir/sub/file/below", ENOTDIR) && fails("/dir/sub/file/..", ENOTDIR) && fails("/dir/sub/file/.", ENOTDIR),
       "a file has nothing below it");
}

static void links(void) {
    ok(leads("/dir/link", "/dir/sub/file") && leads("/dir/up", "/dir/sub/file"), "a link is followed from where it is");
    ok(leads("/absolute/file", "/dir/sub/file") && leads("/dir/../slash/file", "/dir/sub/file"),
       "an absolute link from the root");
    ok(strcmp(where(NULL, "/dir/link", WALK_NO_FOLLOW), "/dir/link") == 0, "a last link can be meant itself");
    ok(strcmp(where(NULL, "/absolute/file", WALK_NO_FOLLOW), "/dir/sub/file") == 0, "but not one on the way");
    ok(strcmp(where(NULL, "/absolute/", WALK_NO_FOLLOW), "/dir/sub") == 0, "nor one with a slash behind it");
    ok(fails("/broken", ENOENT) && leads("/slash", "/dir/sub"), "a link to nothing, and one that ends in a slash");
    ok(fails("/one", ELOOP) && fails("/self", ELOOP), "links that go round end in ELOOP");
    ok(fails("/dir/link/x", ENOTDIR) && fails("/dir/link/", ENOTDIR), "through a link to a file");
    ok(atoi(where(NULL, "/dir/link", WALK_DIRECTORY)) == -ENOTDIR &&
           strcmp(where(NULL, "/absolute", WALK_DIRECTORY), "/dir/sub") == 0,
       "a directory can be asked for");
}

static void mounts(void) {
    ok(leads("/mnt/shown", "/mnt/shown") && fails("/mnt/hidden", ENOENT), "a mount hides what is below it");
    ok(leads("/mnt/shown/..", "/mnt") && leads("/mnt/..", "/") && leads("/mnt/../dir", "/dir"),
       "the way up leads out of it");
    ok(leads("/extra", "/extra") && leads("/extra/../dir", "/dir"),
       "also of one whose name the directory does not have");
}

static void relative(void) {
    struct dentry *sub;
    walk_path(NULL, "/dir/sub", 0, &sub);
    ok(strcmp(where(sub, "file", 0), "/dir/sub/file") == 0 && strcmp(where(sub, "../link", 0), "/dir/sub/file") == 0 &&
           strcmp(where(sub, "/dir", 0), "/dir") == 0 && strcmp(where(sub, ".", 0), "/dir/sub") == 0,
       "a path without a slash in front starts where it is said");
    dentry_drop(sub);
}

static void lengths(void) {
    static char path[PATH_LONGEST + 2];
    memset(path, 'a', sizeof path - 1);
    path[0] = '/';
    path[256] = '\0';
    ok(fails(path, ENOENT), "a name of 255 bytes may be");
    path[256] = 'a';
    path[257] = '\0';
    ok(fails(path, ENAMETOOLONG), "one of 256 may not");
    for (int i = 0; i < PATH_LONGEST - 1; i++) path[i] = i % 2 ? '.' : '/';
    path[PATH_LONGEST - 1] = '\0';
    ok(leads(path, "/"), "a path of 4095 bytes may be");
    path[PATH_LONGEST - 1] = '/';
    path[PATH_LONGEST] = '\0';
    ok(fails(path, ENAMETOOLONG), "one of 4096 may not");
}

static void parents(void) {
    struct walk_end end;
    ok(walk_parent(NULL, "/dir/new", 0, &end) == 0 && strcmp(end.name, "new") == 0 && !end.trailing_slash,
       "the parent of a new name");
    dentry_drop(end.parent);
    ok(walk_parent(NULL, "/absolute/new//", 0, &end) == 0 && end.trailing_slash && end.length == 3,
       "with slashes behind it, through a link");
    dentry_drop(end.parent);
    ok(walk_parent(NULL, "/dir/link", 0, &end) == 0 && strcmp(end.name, "link") == 0, "a last link is not followed");
    dentry_drop(end.parent);
    ok(walk_parent(NULL, "/", 0, &end) == -EEXIST && walk_parent(NULL, "/dir/..", 0, &end) == -EEXIST &&
           walk_parent(NULL, "/dir/.", 0, &end) == -EEXIST,
       "root and dots have no last name");
    ok(walk_parent(NULL, "/dir/sub/file/new", 0, &end) == -ENOTDIR &&
           walk_parent(NULL, "/nothing/new", 0, &end) == -ENOENT && walk_parent(NULL, "", 0, &end) == -ENOENT,
       "a parent that is none");
}

static void without_memory(void) {
    static const char *const paths[] = {"/dir/up", "/absolute/file", "/mnt/shown", "/nothing", "/dir/sub/.."};
    bool right = true;
    long before = heap_blocks;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        char wanted[64];
        strcpy(wanted, where(NULL, paths[i], 0));
        for (long n = 0; n < 12; n++) {
            heap_fails_after = n;
            const char *got = where(NULL, paths[i], 0);
            heap_fails_after = -1;
            right &= strcmp(got, wanted) == 0 || atoi(got) == -ENOMEM;
        }
    }
    ok(right, "without memory a walk says so");
    ok(heap_blocks == before, "and keeps nothing");
}

/// Paths of random pieces: whatever they are, they lead somewhere or fail, and nothing is kept.
static void anything(void) {
    static const char *const pieces[] = {"/",     "//",       ".",     "..",   "dir",  "sub", "file",
                                         "link",  "absolute", "up",    "one",  "self", "mnt", "shown",
                                         "extra", "broken",   "slash", "\xff", "x"};
    long before = heap_blocks;
    unsigned found = 0;
    bool same = true;
    for (int round = 0; round < 20000; round++) {
        char path[512] = "/";
        for (uint64_t n = random_below(12); n-- > 0;) {
            strcat(path, pieces[random_below(sizeof pieces / sizeof *pieces)]);
            if (random_below(4)) strcat(path, "/");
        }
        char at[PATH_LONGEST];
        strcpy(at, where(NULL, path, (unsigned)random_below(4)));
        found += at[0] == '/';
        same &= at[0] != '/' || leads(at, at) || strcmp(where(NULL, at, WALK_NO_FOLLOW), at) == 0;
    }
    printf("# %u of 20000 led somewhere\n", found);
    ok(same && found > 2000, "a path that leads somewhere tells a path that leads there again");
    ok(heap_blocks == before, "and no place is held for ever");
}

int main(void) {
    mutex_init(&name_lock);
    make_tree();
    plain();
    links();
    mounts();
    relative();
    lengths();
    parents();
    without_memory();
    anything();
    return done();
}
