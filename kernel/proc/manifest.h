// The manifest: what the root tuple says about the program (docs/formats.md, "The manifest"). Pure: reads a tree.
#pragma once

#include "fs/tfs/tfs.h"
#include "mem/arena.h"

/// A volume to mount: by label, UUID or `%N`, the N-th disk besides the root's.
struct manifest_mount {
    const char *volume, *place;
    bool readonly;
};

struct manifest {
    const char *program; // null: none
    const char **arguments, **environment; // null-terminated
    const char *directory; // cwd; null: "/"
    const char *system_name, *release; // uname; null: ours
    const char *user; // UID or UID:GID, in decimal; null: root
    bool fixed_addresses, trace, readonly_root, summary, missing_files;
    const char **traced, **untraced; // tracelist, notrace: null-terminated, perhaps empty
    const char **expected_codes, **reboot_codes, **idle_codes; // expected_exit_code, reboot_on_exit, idle_on_exit
    struct manifest_mount *mounts; // in their order
    size_t mount_count;
    struct arena arena; // lists, and text that the tree does not have
};

/// Reads the manifest. 0, -ENOMEM. What it points to lives as long as the tree and `*m`.
int manifest_read(const struct tfs *t, struct manifest *m);
void manifest_free(struct manifest *m);
/// Calls `say` for every attribute that asks for something and that this kernel does not honour.
void manifest_unknown(const struct tfs *t, void (*say)(const char *name));
