// Reading directories: getdents64, and getdents of old. Beside what the file system has there are `.`, `..` and names
// that are only mounted on.
//
// A position of the program's directory file is 0 for `.`, 1 for `..`, then the file system's own plus 2, and from
// EXTRA on the mounted names.

#include "fs/file.h"
#include "fs/inotify.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "sys/calls.h"

#define EXTRA (1ull << 62)

enum {
    HEAD = 19,
    OLD_HEAD = 18
}; // of struct linux_dirent64 up to the name, and of struct linux_dirent, whose type is the last byte

/// The next entry at `*position`. 1, 0 at the end, or a negative errno. The name lock is held.
static int next_entry(const struct file *file, uint64_t *position, struct directory_entry *entry) {
    const struct dentry *place = file->place;
    if (*position < 2) {
        const struct dentry *up = place;
        if (*position == 1) {
            while (!up->parent && up->covers) up = up->covers;
            if (up->parent) up = up->parent;
        }
        *entry = (struct directory_entry){.name = "..",
                                          .length = *position + 1,
                                          .inode_number = up->inode ? up->inode->number : 1,
                                          .mode = MODE_DIRECTORY};
        ++*position;
        return 1;
    }
    if (*position < EXTRA) {
        uint64_t own = *position - 2;
        // That of the place: it may have become real since.
        struct inode *inode = place->inode ? place->inode : file->inode;
        int found = inode->operations->list ? inode->operations->list(inode, &own, entry) : 0;
        *position = found == 1 ? own + 2 : EXTRA;
        if (found != 0) return found;
    }
    const struct dentry *extra = dentry_extra_name(place, (unsigned)(*position - EXTRA));
    if (!extra) return 0;
    const struct inode *shown = extra->mounted ? extra->mounted->inode : extra->inode;
    ++*position;
    *entry = (struct directory_entry){
        .name = extra->name, .length = extra->length, .inode_number = shown->number, .mode = shown->mode};
    return 1;
}

struct record {
    uint8_t bytes[(HEAD + 257 + 7) & ~7];
    uint16_t size;
};

static void encode(struct record *r, const struct directory_entry *entry, uint64_t next, bool old) {
    memset(r, 0, sizeof *r);
    size_t head = old ? OLD_HEAD : HEAD;
    r->size = (uint16_t)((head + entry->length + (old ? 2 : 1) + 7) & ~(size_t)7);
    uint8_t type = mode_directory_type(entry->mode);
    memcpy(r->bytes, &entry->inode_number, 8);
    memcpy(r->bytes + 8, &next, 8);
    memcpy(r->bytes + 16, &r->size, 2);
    r->bytes[old ? r->size - 1 : OLD_HEAD] = type;
    memcpy(r->bytes + head, entry->name, entry->length);
}

static long list_directory(struct file *file, user_ptr_t to, uint64_t room, bool old) {
    uint64_t done = 0;
    for (;;) {
        struct directory_entry entry;
        struct record record;
        uint64_t next = file->position;
        mutex_lock(&name_lock);
        int found = next_entry(file, &next, &entry);
        if (found == 1) encode(&record, &entry, next, old);
        mutex_unlock(&name_lock);
        if (found <= 0) return done ? (long)done : found;
        if (record.size > room - done) return done ? (long)done : -EINVAL;
        if (copy_to_user(to + done, record.bytes, record.size) != 0) return done ? (long)done : -EFAULT;
        done += record.size;
        file->position = next;
    }
}

static long get_entries(const struct syscall *c, bool old) {
    struct file *file = file_of(c->arg[0]);
    if (!file) return -EBADF;
    long result = -ENOTDIR;
    if (file->operations == &directory_file) {
        mutex_lock(&file->position_lock);
        result = list_directory(file, c->arg[1], (uint32_t)c->arg[2], old);
        mutex_unlock(&file->position_lock);
        if (result >= 0) inotify_place(file->place, NOTICE_ACCESS);
    }
    file_drop(file);
    return result;
}

long sys_getdents(const struct syscall *c) { return get_entries(c, true); }
long sys_getdents64(const struct syscall *c) { return get_entries(c, false); }
