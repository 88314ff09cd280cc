// The names of a directory in memory against a plain table, read while they change, and when memory runs out.

#include "fs/names.h"
#include "heap_on_host.h"
#include "lib/errno.h"
#include "random.h"
#include "tap.h"
#include <stdio.h>
#include <string.h>

enum { NAMES = 3000, ROUNDS = 60000 };

static struct names names;
static struct inode inodes[NAMES];
static bool there[NAMES];

static size_t text_of(unsigned n, char text[32]) {
    return (size_t)snprintf(text, 32, "%s-%u", n % 3 ? "name" : "n", n);
}

static bool agrees(unsigned n) {
    char text[32];
    size_t length = text_of(n, text);
    const struct name *found = names_find(&names, text, length);
    return there[n] ? found && found->inode == &inodes[n] && strcmp(found->bytes, text) == 0 : !found;
}

static int change(unsigned n) {
    char text[32];
    size_t length = text_of(n, text);
    int result = 0;
    if (there[n]) names_remove(&names, names_find(&names, text, length));
    else result = names_add(&names, text, length, &inodes[n]);
    if (result == 0) there[n] = !there[n];
    return result;
}

static void changes(void) {
    bool right = true;
    size_t count = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        unsigned n = (unsigned)random_below(NAMES);
        right = change(n) == 0 && right;
        right = agrees(n) && agrees((unsigned)random_below(NAMES)) && right;
    }
    for (unsigned n = 0; n < NAMES; n++) {
        right = agrees(n) && right;
        count += there[n];
    }
    ok(right && names.count == count, "names are found as long as they are there, by all of their letters");
}

/// A pass through the directory in which names go, before the reader and behind.
static void listing(void) {
    static unsigned seen[NAMES];
    static bool stayed[NAMES];
    bool once = true, all = true;
    memset(seen, 0, sizeof seen);
    memcpy(stayed, there, sizeof stayed);
    uint64_t position = 0, last = 0;
    for (const struct name *n; (n = names_next(&names, position)); position = last + 1) {
        last = n->position;
        seen[n->inode - inodes]++;
        unsigned other = (unsigned)random_below(NAMES);
        if (random_below(2) == 0 && there[other]) {
            change(other);
            stayed[other] = false;
        }
    }
    for (unsigned n = 0; n < NAMES; n++) {
        once = once && seen[n] <= 1;
        all = all && (!stayed[n] || seen[n] == 1);
    }
    ok(once && all, "whoever reads while names go sees each that stays once");
}

static void without_memory(void) {
    bool right = true, refused = false;
    for (unsigned n = 0; n < NAMES; n++) {
        if (there[n]) change(n);
    }
    for (unsigned n = 0; n < 200; n++) {
        heap_fails_after = (long)random_below(4);
        int result = change(n);
        heap_fails_after = -1;
        refused = refused || result == -ENOMEM;
        right = right && (result == 0 || result == -ENOMEM) && agrees(n);
    }
    ok(right && refused, "without memory a name is refused, and nothing else changes");
}

int main(void) {
    changes();
    listing();
    without_memory();
    for (unsigned n = 0; n < NAMES; n++) {
        if (there[n]) change(n);
    }
    names_free(&names);
    ok(heap_blocks == 0, "all memory is given back");
    return done();
}
