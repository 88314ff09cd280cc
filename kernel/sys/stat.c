// What a file is: stat, statx, statfs, access.

#include "fs/file.h"
#include "fs/walk.h"
#include "lib/errno.h"
#include "sys/calls.h"
#include "proc/process.h"

enum {
    AT_NO_FOLLOW = 0x100,
    AT_ACCESS_BY_EFFECTIVE = 0x200,
    AT_NO_AUTOMOUNT = 0x800,
    AT_EMPTY_PATH = 0x1000,
    AT_SYNC = 0x6000
};
enum { BLOCK = 4096, STATX_BASIC = 0x7ff, STATX_RESERVED = 1u << 31 };

/// As struct stat.
struct stat {
    uint64_t device, number, links;
    uint32_t mode, user, group, padding;
    uint64_t special_device;
    int64_t size, block_size, blocks;
    struct time_value accessed, modified, changed;
    int64_t unused[3];
};
_Static_assert(sizeof(struct stat) == 144, "the ABI's");

struct statx_time {
    int64_t seconds;
    uint32_t nanoseconds, padding;
};

/// As struct statx.
struct statx {
    uint32_t mask, block_size;
    uint64_t attributes;
    uint32_t links, user, group;
    uint16_t mode, padding;
    uint64_t number, size, blocks, attributes_mask;
    struct statx_time accessed, born, changed, modified;
    uint32_t special_major, special_minor, device_major, device_minor;
    uint64_t unused[14];
};
_Static_assert(sizeof(struct statx) == 256, "the ABI's");

/// As struct statfs.
struct statfs {
    int64_t type, block_size;
    uint64_t blocks, blocks_free, blocks_available, files, files_free;
    int32_t id[2];
    int64_t longest_name, fragment_size, flags, unused[4];
};
_Static_assert(sizeof(struct statfs) == 120, "the ABI's");

static int64_t blocks_of(struct inode *i) {
    if (i->operations->allocated) return (int64_t)(i->operations->allocated(i) / 512);
    return inode_is(i, MODE_FILE) ? (int64_t)((i->size + BLOCK - 1) / BLOCK * (BLOCK / 512)) : 0;
}

/// Whose a file is: no file system keeps it, so all belongs to whom the program began as, but for what has changed
/// since.
static uint32_t user_of(const struct inode *i) { return i->has_owner ? i->user : process.settings.user; }
static uint32_t group_of(const struct inode *i) { return i->has_owner ? i->group : process.settings.group; }

static struct stat stat_of(struct inode *i) {
    return (struct stat){.user = user_of(i),
                         .group = group_of(i),
                         .device = i->filesystem->device,
                         .number = i->number,
                         .links = i->links,
                         .mode = i->mode,
                         .special_device = i->device,
                         .size = (int64_t)i->size,
                         .block_size = BLOCK,
                         .blocks = blocks_of(i),
                         .accessed = time_value_of(i->accessed_ns),
                         .modified = time_value_of(i->modified_ns),
                         .changed = time_value_of(i->changed_ns)};
}

static struct statx_time statx_time_of(uint64_t ns) {
    struct time_value t = time_value_of(ns);
    return (struct statx_time){t.seconds, (uint32_t)t.nanoseconds, 0};
}

static struct statx statx_of(struct inode *i) {
    return (struct statx){.mask = STATX_BASIC,
                          .block_size = BLOCK,
                          .links = i->links,
                          .user = user_of(i),
                          .group = group_of(i),
                          .mode = (uint16_t)i->mode,
                          .number = i->number,
                          .size = i->size,
                          .blocks = (uint64_t)blocks_of(i),
                          .accessed = statx_time_of(i->accessed_ns),
                          .changed = statx_time_of(i->changed_ns),
                          .modified = statx_time_of(i->modified_ns),
                          .special_major = i->device >> 8,
                          .special_minor = i->device & 0xff,
                          .device_major = i->filesystem->device >> 8,
                          .device_minor = i->filesystem->device & 0xff};
}

/// The inode that a directory descriptor and a path stand for, with a reference.
static int find(uint64_t directory, user_ptr_t path, uint64_t flags, struct inode **inode) {
    struct user_path p;
    struct dentry *place;
    char first;
    if (flags & ~(uint64_t)(AT_NO_FOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_SYNC)) return -EINVAL;
    if (flags & AT_EMPTY_PATH) {
        // With an empty path (or none) it is the descriptor itself.
        if (path != 0 && copy_from_user(&first, path, 1) != 0) return -EFAULT;
        if (path == 0 || first == '\0') {
            if ((int32_t)directory == AT_WORKING_DIRECTORY) {
                *inode = process.directory->inode;
                inode_take(*inode);
                return 0;
            }
            struct file *file = file_of_any(directory);
            if (!file) return -EBADF;
            *inode = file->inode;
            inode_take(*inode);
            file_drop(file);
            return 0;
        }
    }
    int result = user_path_get(&p, directory, path);
    if (result != 0) return result;
    result = walk_path(p.base, p.text, flags & AT_NO_FOLLOW ? WALK_NO_FOLLOW : 0, &place);
    user_path_put(&p);
    if (result != 0) return result;
    *inode = place->inode;
    inode_take(*inode);
    dentry_drop(place);
    return 0;
}

static long stat_at(uint64_t directory, user_ptr_t path, user_ptr_t to, uint64_t flags) {
    struct inode *inode;
    long result = find(directory, path, flags, &inode);
    if (result != 0) return result;
    struct stat s = stat_of(inode);
    inode_drop(inode);
    return copy_to_user(to, &s, sizeof s);
}

long sys_stat(const struct syscall *c) { return stat_at((uint64_t)AT_WORKING_DIRECTORY, c->arg[0], c->arg[1], 0); }
long sys_lstat(const struct syscall *c) {
    return stat_at((uint64_t)AT_WORKING_DIRECTORY, c->arg[0], c->arg[1], AT_NO_FOLLOW);
}
long sys_fstat(const struct syscall *c) { return stat_at((uint32_t)c->arg[0], 0, c->arg[1], AT_EMPTY_PATH); }
long sys_newfstatat(const struct syscall *c) { return stat_at(c->arg[0], c->arg[1], c->arg[2], (uint32_t)c->arg[3]); }

long sys_statx(const struct syscall *c) {
    struct inode *inode;
    uint32_t flags = (uint32_t)c->arg[2];
    if ((c->arg[3] & STATX_RESERVED) || (flags & AT_SYNC) == AT_SYNC) return -EINVAL;
    long result = find(c->arg[0], c->arg[1], flags, &inode);
    if (result != 0) return result;
    struct statx s = statx_of(inode);
    inode_drop(inode);
    return copy_to_user(c->arg[4], &s, sizeof s);
}

static long statfs_of(struct filesystem *fs, user_ptr_t to) {
    if (fs->measure) fs->measure(fs);
    enum { READ_ONLY = 1, VALID = 0x20 };
    struct statfs s = {.type = fs->magic,
                       .block_size = (int64_t)fs->block_size,
                       .blocks = fs->blocks,
                       .blocks_free = fs->blocks_free,
                       .blocks_available = fs->blocks_free,
                       .id = {(int32_t)fs->device, 0},
                       .longest_name = NAME_LONGEST,
                       .fragment_size = (int64_t)fs->block_size,
                       .flags = VALID | (fs->readonly ? READ_ONLY : 0)};
    return copy_to_user(to, &s, sizeof s);
}

long sys_statfs(const struct syscall *c) {
    struct inode *inode;
    long result = find((uint64_t)AT_WORKING_DIRECTORY, c->arg[0], 0, &inode);
    if (result != 0) return result;
    result = statfs_of(inode->filesystem, c->arg[1]);
    inode_drop(inode);
    return result;
}

long sys_fstatfs(const struct syscall *c) {
    struct file *file = file_of_any(c->arg[0]);
    if (!file) return -EBADF;
    long result = statfs_of(file->inode->filesystem, c->arg[1]);
    file_drop(file);
    return result;
}

/// Everything is root's: what exists may be read, run, and written where its file system can be written.
static long access_at(uint64_t directory, user_ptr_t path, uint64_t mode, uint64_t flags) {
    enum { MAY_EXECUTE = 1, MAY_WRITE = 2, ALL = 7 };
    struct inode *inode;
    if ((mode & ~(uint64_t)ALL) || (flags & ~(uint64_t)(AT_NO_FOLLOW | AT_ACCESS_BY_EFFECTIVE | AT_EMPTY_PATH)))
        return -EINVAL;
    long result = find(directory, path, flags & ~(uint64_t)AT_ACCESS_BY_EFFECTIVE, &inode);
    if (result != 0) return result;
    bool on_disk = !inode_is(inode, MODE_CHARACTER) && inode->filesystem->readonly;
    if ((mode & MAY_WRITE) && on_disk) result = -EROFS;
    else if ((mode & MAY_EXECUTE) && inode_is(inode, MODE_FILE) && !(inode->mode & 0111)) result = -EACCES;
    inode_drop(inode);
    return result;
}

long sys_access(const struct syscall *c) {
    return access_at((uint64_t)AT_WORKING_DIRECTORY, c->arg[0], (uint32_t)c->arg[1], 0);
}
long sys_faccessat(const struct syscall *c) { return access_at(c->arg[0], c->arg[1], (uint32_t)c->arg[2], 0); }
long sys_faccessat2(const struct syscall *c) {
    return access_at(c->arg[0], c->arg[1], (uint32_t)c->arg[2], (uint32_t)c->arg[3]);
}
