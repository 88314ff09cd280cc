// Mounting a TFS: inodes for the nodes of its tree, made when they are first looked up and kept for as long as the node
// has a name, so that their page cache outlives an open file; and making changes safe.

#include "fs/tfs/mount.h"
#include "arch/paging.h"
#include "arch/clock.h"
#include "fs/tfs/edit.h"
#include "fs/tfs/log.h"
#include "fs/tfs/node.h"
#include "fs/tfs/tree.h"
#include "fs/writeback.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mem/heap.h"

enum { PERMISSIONS_DIRECTORY = 0755, PERMISSIONS_FILE = 0755, PERMISSIONS_LINK = 0777 };
enum { TFS_MAGIC = 0x54465300, ROOT_DEVICE = 0xfe01, DEVICES_A_DISK = 16, BLOCK_SECTORS = PAGE_SIZE / TFS_SECTOR };

/// A time of the tree: seconds since 1970, 32.32 fixed point.
/// The largest file, as ext4 has it: programs that try know such a limit, and the format has none of its own.
#define LARGEST_FILE ((16ull << 40) - PAGE_SIZE)

static uint64_t time_ns(const struct tfs *t, const struct tfs_node *node, const char *name) {
    uint64_t fixed;
    if (!tfs_number(tfs_get(t, node, name, 5), &fixed)) return 0;
    return (fixed >> 32) * 1000000000ull + ((fixed & 0xffffffff) * 1000000000ull >> 32);
}

static uint64_t fixed_point(uint64_t ns) {
    // Rounded up: so that what is read back is not a nanosecond less.
    return (ns / 1000000000ull) << 32 | (((ns % 1000000000ull) << 32) + 999999999ull) / 1000000000ull;
}

static const char mode_name[] = "mode";
enum { MODE_NAME_LENGTH = sizeof mode_name - 1 };

uint64_t tfs_now(void) { return fixed_point(clock_realtime_ns()); }

uint32_t tfs_mode_of(const struct tfs *t, const struct tfs_node *node, const struct inode_operations **operations) {
    switch (tfs_type(t, node)) {
    case TFS_DIRECTORY: *operations = &tfs_directory_operations; return MODE_DIRECTORY | PERMISSIONS_DIRECTORY;
    case TFS_FILE: *operations = &tfs_file_operations; return MODE_FILE | PERMISSIONS_FILE;
    case TFS_LINK: *operations = &tfs_link_operations; return MODE_LINK | PERMISSIONS_LINK;
    case TFS_SOCKET: *operations = &tfs_other_operations; return MODE_SOCKET | PERMISSIONS_FILE;
    case TFS_OTHER: break;
    }
    // A node without contents of any kind, as an interrupted creation may leave it: an empty file.
    *operations = &tfs_file_operations;
    return MODE_FILE | PERMISSIONS_FILE;
}

/// The permissions that a node says; those that its type gives where it says none.
static uint32_t mode_with(const struct tfs *t, const struct tfs_node *node, uint32_t mode) {
    uint64_t said;
    if ((mode & MODE_TYPE) == MODE_LINK || !tfs_number(tfs_get(t, node, mode_name, MODE_NAME_LENGTH), &said))
        return mode;
    return said <= MODE_PERMISSIONS ? (mode & MODE_TYPE) | (uint32_t)said : mode;
}

static void fill_in(struct inode *inode, const struct tfs *t, struct tfs_inode *own) {
    struct tfs_node *node = own->node;
    inode->number = node->identity;
    inode->data = own;
    own->inode = inode;
    list_init(&own->changed);
    inode->mode = mode_with(t, node, inode->mode);
    inode->modified_ns = inode->changed_ns = time_ns(t, node, "mtime");
    inode->accessed_ns = time_ns(t, node, "atime");
    inode->links = tfs_names(t, node);
    if (inode_is(inode, MODE_FILE)) tfs_number(tfs_get(t, node, "filelength", 10), &inode->size);
    if (inode->size > INT64_MAX) inode->size = 0;
    own->disk_size = inode->size;
    if (inode_is(inode, MODE_LINK)) inode->size = tfs_get(t, node, "linktarget", 10)->string->length;
}

int tfs_inode_get(struct tfs_mount *mount, struct tfs_node *node, struct inode **found) {
    struct inode *inode = node->attached;
    if (!inode) {
        const struct inode_operations *operations;
        uint32_t mode = tfs_mode_of(&mount->tfs, node, &operations);
        struct tfs_inode *own = kzalloc(sizeof *own);
        inode = own ? inode_make(operations, &mount->filesystem, mode) : NULL;
        if (!inode) {
            kfree(own);
            return -ENOMEM;
        }
        own->node = node;
        fill_in(inode, &mount->tfs, own);
        node->attached = inode;
    }
    inode_take(inode);
    *found = inode;
    return 0;
}

void tfs_changed(struct inode *inode) {
    struct tfs_mount *mount = tfs_mount_of(inode);
    struct tfs_inode *own = tfs_inode_of(inode);
    // Without the lock, which a commit may hold for long: nobody sleeps while going over the list.
    if (!own->times_changed) {
        own->times_changed = true;
        list_push_back(&mount->changed, &own->changed);
    }
    writeback_expect();
}

/// The permissions of an inode, as a decimal text; those that its type gives need no words.
static int record_mode(struct tfs *t, const struct tfs_inode *own) {
    const struct inode_operations *ignored;
    uint32_t mode = own->inode->mode & MODE_PERMISSIONS;
    if (inode_is(own->inode, MODE_LINK)) return 0;
    if (mode == (tfs_mode_of(t, own->node, &ignored) & MODE_PERMISSIONS)) {
        bool is_said = tfs_get(t, own->node, mode_name, MODE_NAME_LENGTH) != NULL;
        return is_said ? tfs_delete(t, own->node, mode_name, MODE_NAME_LENGTH) : 0;
    }
    char text[8];
    int length = format_text(text, sizeof text, "%u", mode);
    return tfs_put_string(t, own->node, mode_name, text, (size_t)length);
}

/// The times of an inode, and a mode that was chosen, go into the log's next records.
static int record_times(struct tfs_mount *mount, struct tfs_inode *own) {
    // Out of the list first: who changes them while memory is looked for puts the inode in again.
    own->times_changed = false;
    list_remove(&own->changed);
    int result = tfs_put_number(&mount->tfs, own->node, "mtime", fixed_point(own->inode->modified_ns));
    if (result == 0) result = tfs_put_number(&mount->tfs, own->node, "atime", fixed_point(own->inode->accessed_ns));
    if (result == 0 && own->inode->mode_chosen) {
        own->inode->mode_chosen = false;
        result = record_mode(&mount->tfs, own);
        if (result != 0) own->inode->mode_chosen = true;
    }
    return result;
}

int tfs_sync(struct inode *inode, bool data_only) {
    struct tfs_mount *mount = tfs_mount_of(inode);
    int result = 0;
    mutex_lock(&mount->lock);
    if (!data_only && tfs_inode_of(inode)->times_changed) result = record_times(mount, tfs_inode_of(inode));
    if (result == 0) result = tfs_commit(&mount->tfs);
    mutex_unlock(&mount->lock);
    return result;
}

static int sync_all(struct filesystem *fs) {
    struct tfs_mount *mount = fs->data;
    int result = 0;
    mutex_lock(&mount->lock);
    while (result == 0 && !list_is_empty(&mount->changed)) {
        result = record_times(mount, container_of(mount->changed.next, struct tfs_inode, changed));
    }
    int committed = tfs_commit(&mount->tfs);
    mutex_unlock(&mount->lock);
    return result == 0 ? committed : result;
}

void tfs_destroy(struct inode *inode) {
    struct tfs_mount *mount = tfs_mount_of(inode);
    struct tfs_inode *own = tfs_inode_of(inode);
    mutex_lock(&mount->lock);
    list_remove(&own->changed);
    own->node->attached = NULL;
    if (own->node->refs == 0) {
        if (inode_is(inode, MODE_FILE)) tfs_file_free(inode);
        tfs_node_free(&mount->tfs, own->node);
    }
    mutex_unlock(&mount->lock);
    tfs_extents_free(&own->extents);
    kfree(own);
}

static void measure(struct filesystem *fs) {
    struct tfs_mount *mount = fs->data;
    mutex_lock(&mount->lock);
    if (tfs_writer_begin(&mount->tfs) == 0) fs->blocks_free = tfs_space_available(&mount->tfs) / BLOCK_SECTORS;
    mutex_unlock(&mount->lock);
}

/// What is free on the disk, too: so that a power cut finds in use what the log says is in use.
static int trim(struct filesystem *fs, uint64_t start, uint64_t end, uint64_t least, uint64_t *trimmed) {
    struct tfs_mount *mount = fs->data;
    if (!mount->disk->can_discard) return -EOPNOTSUPP;
    if (fs->readonly) return -EROFS;
    mutex_lock(&mount->lock);
    int result = tfs_writer_begin(&mount->tfs);
    if (result == 0) result = tfs_commit(&mount->tfs);
    uint64_t at = start / TFS_SECTOR + (start % TFS_SECTOR != 0), stop = end / TFS_SECTOR, count;
    while (result == 0 && runs_from(&mount->tfs.space.free, at, &at, &count) && at < stop) {
        if (count > stop - at) count = stop - at;
        if (count * TFS_SECTOR >= least) {
            result = block_discard(mount->disk, mount->first_sector + at, count);
            if (result == 0) *trimmed += count * TFS_SECTOR;
        }
        at += count;
    }
    mutex_unlock(&mount->lock);
    return result;
}

static int read_source(void *context, uint64_t sector, uint32_t count, void *to) {
    const struct tfs_mount *mount = context;
    return block_read(mount->disk, mount->first_sector + sector, count, to);
}

static int write_source(void *context, uint64_t sector, uint32_t count, const void *from) {
    const struct tfs_mount *mount = context;
    return block_write(mount->disk, mount->first_sector + sector, count, from);
}

static int flush_source(void *context) {
    const struct tfs_mount *mount = context;
    return block_flush(mount->disk);
}

/// The mounted root, or null without memory.
static struct dentry *make_root(struct tfs_mount *mount) {
    struct inode *inode = NULL;
    tfs_inode_get(mount, mount->tfs.root, &inode);
    struct dentry *root = inode ? dentry_root(inode) : NULL;
    if (!root) inode_drop(inode);
    return root;
}

bool tfs_identify(struct block_device *disk, uint64_t first_sector, uint8_t uuid[TFS_UUID], char label[TFS_LABEL]) {
    if (first_sector >= disk->sectors) return false;
    struct tfs_mount place = {.disk = disk, .first_sector = first_sector};
    struct tfs t = {.source = {.read = read_source, .context = &place, .sectors = disk->sectors - first_sector}};
    struct tfs_log log;
    tfs_log_open(&log, &t);
    bool there = log.error == 0;
    if (there) {
        memcpy(uuid, t.uuid, TFS_UUID);
        memcpy(label, t.label, TFS_LABEL);
    }
    tfs_log_close(&log);
    kfree(t.extensions);
    return there;
}

int tfs_mount(struct block_device *disk, uint64_t first_sector, uint64_t sectors, struct tfs_mount **out,
              struct dentry **root, const char **why) {
    static unsigned mounted;
    struct tfs_mount *mount = kzalloc(sizeof *mount);
    *why = "there is no memory for it";
    if (!mount) return -ENOMEM;
    mount->disk = disk;
    mount->first_sector = first_sector;
    mutex_init(&mount->lock);
    list_init(&mount->changed);
    mount->filesystem = (struct filesystem){.name = "tfs",
                                            .device = ROOT_DEVICE + DEVICES_A_DISK * mounted++,
                                            .magic = TFS_MAGIC,
                                            .readonly = disk->readonly,
                                            .largest = LARGEST_FILE,
                                            .block_size = PAGE_SIZE,
                                            .blocks = sectors / BLOCK_SECTORS,
                                            .measure = measure,
                                            .sync = sync_all,
                                            .trim = trim,
                                            .data = mount};
    struct tfs_source source = {.read = read_source, .context = mount, .sectors = sectors};
    if (!disk->readonly) {
        source.write = write_source;
        source.flush = flush_source;
    }
    int result = tfs_open(&mount->tfs, &source, why);
    if (result != 0) {
        kfree(mount);
        return result;
    }
    *root = make_root(mount);
    if (!*root || writeback_start(&mount->filesystem) != 0) {
        *why = "there is no memory for it";
        return -ENOMEM;
    }
    *out = mount;
    return 0;
}
