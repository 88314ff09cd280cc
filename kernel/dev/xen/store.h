// Xenstore: the tree of names and values through which domains find each other's devices. Relative paths are our own.
#pragma once

#include "lib/list.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STORE_PATH_MOST = 128 };

/// False where Xen offers none.
bool store_start(void);
/// Lets watches be told, by a thread of its own.
void store_start_watching(void);

/// The value of a name, cut at `cap`, ended by a NUL. Its length, -ENOENT, or another negative errno.
long store_read(const char *path, char *to, size_t cap);
/// The names below a path, each ended by a NUL. How many bytes, or a negative errno.
long store_list(const char *path, char *to, size_t cap);
long store_write(const char *path, const char *value);

struct store_watch {
    struct list node;
    void (*changed)(struct store_watch *watch);
    bool has_changed;
    uint32_t token;
};
/// Calls `changed` (null: nobody) from a thread: once soon, and after each change at or below the path. 0 or a negative
/// errno. It stays for the kernel's life.
long store_watch(struct store_watch *watch, const char *path, void (*changed)(struct store_watch *watch));
/// Waits for a change that nobody is told of, or until `deadline_ns`.
void store_wait(struct store_watch *watch, uint64_t deadline_ns);
