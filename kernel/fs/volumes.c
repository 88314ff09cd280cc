// Finding data volumes by what their headers say, and mounting them.

#include "fs/volumes.h"
#include "fs/tfs/mount.h"
#include "fs/walk.h"
#include "lib/format.h"
#include "lib/string.h"

enum { UUID_TEXT = 37 };

static void uuid_text(const uint8_t *uuid, char text[UUID_TEXT]) {
    unsigned n = 0;
    for (unsigned i = 0; i < TFS_UUID; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text[n++] = '-';
        n += (unsigned)format_text(text + n, UUID_TEXT - n, "%02x", uuid[i]);
    }
}

/// Letters of either case are the same.
static bool same_text(const char *a, const char *b) {
    for (; *a && *b; a++, b++) {
        char x = *a >= 'A' && *a <= 'Z' ? (char)(*a + 32) : *a, y = *b >= 'A' && *b <= 'Z' ? (char)(*b + 32) : *b;
        if (x != y) return false;
    }
    return *a == *b;
}

static bool is_meant(struct block_device *disk, unsigned number, const char *name) {
    uint8_t uuid[TFS_UUID];
    char label[TFS_LABEL], text[UUID_TEXT], place[16];
    if (!tfs_identify(disk, 0, uuid, label)) return false;
    uuid_text(uuid, text);
    format_text(place, sizeof place, "%%%u", number);
    return strcmp(name, label) == 0 || same_text(name, text) || strcmp(name, place) == 0;
}

static struct block_device *find(const struct block_device *root, const char *name) {
    struct block_device *disk;
    unsigned number = 0;
    for (unsigned n = 0; (disk = block_device_at(n)); n++) {
        if (disk != root && is_meant(disk, number++, name)) return disk;
    }
    return NULL;
}

const char *volume_mount(const struct block_device *root, const char *name, const char *place, bool readonly) {
    struct tfs_mount *mount;
    struct dentry *top;
    struct walk_end end;
    const char *why;
    struct block_device *disk = find(root, name);
    if (!disk) return "no disk holds it";
    // Two trees of one volume in memory would destroy it.
    if (disk->mounted) return "it is mounted already";
    int result = walk_parent(NULL, place, 0, &end);
    if (result != 0) return "there is no such place";
    result = tfs_mount(disk, 0, disk->sectors, &mount, &top, &why);
    if (result == 0) {
        disk->mounted = true;
        if (readonly) mount->filesystem.readonly = true;
        if (mount->tfs.label[0]) mount->filesystem.source = mount->tfs.label;
        why = dentry_mount(end.parent, end.name, top) == 0 ? NULL : "too much is mounted";
    }
    dentry_drop(end.parent);
    return why;
}
